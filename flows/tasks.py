"""Thin Prefect tasks, one a step: they take a run's name, give nothing back, and let no library's words out.

A step is tried again only where it reads or writes files, and only after a fault of disk or network.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from prefect import task
from prefect.cache_policies import NO_CACHE

from flows.night import run_step
from flows.scrub import UnexpectedFault
from flows.steps import ORDER

if TYPE_CHECKING:
    from prefect.tasks import Task

    from flows.steps import Step

RETRIES = 2
RETRY_SECONDS = 3


def is_transient(_task: Task[Any, Any], _run: Any, state: Any) -> bool:  # noqa: ANN401  (Prefect's own types)
    """Whether a failed step is worth another try."""
    fault = state.result(raise_on_failure=False)
    return isinstance(fault, UnexpectedFault) and fault.transient


def _as_task(step: Step) -> Task[[str], None]:
    def work(run_id: str) -> None:
        run_step(step, run_id)

    made: Task[[str], None] = task(
        name=step.name,
        description=step.label,
        cache_policy=NO_CACHE,
        persist_result=False,
        retries=RETRIES if step.has_io else 0,
        retry_delay_seconds=RETRY_SECONDS,
        retry_condition_fn=is_transient,
    )(work)
    return made


TASKS: dict[str, Task[[str], None]] = {step.name: _as_task(step) for step in ORDER}
"""Step name -> task, in the order of a night."""
