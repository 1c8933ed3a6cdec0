"""The doctor fits one small series: it says that Prophet fits, or what keeps it from fitting."""

from __future__ import annotations

import sys

from flows import doctor


def test_a_sound_installation_fits():
    (finding,) = doctor._forecaster()
    assert "fits a series of 36 months" in str(finding)


def test_a_solver_that_is_gone_or_finds_nothing_is_named(monkeypatch):
    monkeypatch.setattr("models.forecast.prophet_model.fit_prophet", lambda _jobs: {})
    (none_found,) = doctor._forecaster()
    assert "no solution" in str(none_found)
    monkeypatch.undo()
    monkeypatch.setitem(sys.modules, "prophet_batch", None)
    (gone,) = doctor._forecaster()
    assert "ModuleNotFoundError" in str(gone)
