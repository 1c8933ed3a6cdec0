"""Orchestration: what runs, in what order, when, and who is told. The only importer of Prefect; nobody imports flows.

``cli`` is the edge: arguments, environment and clock enter there (and in ``nightly`` and ``schedule``, which Prefect starts).
A night's order stands in ``steps.ORDER``.
"""
