"""Follow-up at the edge: every decided case and decided saving on the newest run, and the track record of all."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from data import decision_store as store
from data.errors import OpdriftError, WrongUse
from data.follow_up_report import write_report
from data.mart import Mart
from flows.investment import enrolled_told, freeze_run, read_drivers, read_tables
from flows.origins import origin_of
from models.investment.decided import Decided, Promised, saving_ids
from models.investment.follow_up import follow_up
from models.investment.frozen import realised, thaw
from models.investment.placebo import Event, month_number
from models.investment.reading import read_case
from models.investment.track_record import track_record

if TYPE_CHECKING:
    import pandas as pd

    from data.settings import Paths, Settings
    from models.investment.case import Case
    from models.investment.follow_up import FollowUp
    from models.investment.frozen import Frozen, Realised

MOST_EARLIER = 3
"""Earlier forecasts that are read for placebo rows: a year apart, or they would say the same twice."""
_YEAR = 12
_MOVED = {"volume": ("moved_task",), "cost": ("moved_task", "dut")}
_REASONS = {
    "masked": "a service is hidden for privacy or not in the run",
    "not_started": "not started",
    "started_before_decision": "it began before what was frozen ended",
    "short_history": "too early to say: the service has less than three years of history",
    "few_months": "too early to say: less than six months after start and lag",
    "stopped": "stopped before anything could be seen",
    "no_months": "the run does not have the months, prices or costs that are needed",
    "frozen_damaged": "what was decided or frozen was changed since, or is gone",
    "no_service": "the budget line names no service",
    "no_earlier_run": "no published run lies before it began",
}


def follow_up_all(settings: Settings, only: str | None = None) -> dict[str, Any]:
    """Every decided case and decided saving on the newest run; by ``docs/schemas/investment_follow_up.json``.

    Args:
        settings: The home.
        only: One decision's id; None: all.

    Raises:
        NoPublishedRun: Nothing is published.
        WrongUse: There is no such decision.
    """
    paths = settings.paths
    mart = Mart.open(paths)
    tables, drivers = read_tables(mart), read_drivers(paths, mart.run_id)
    now = realised(tables, drivers, run_id=mart.run_id)
    rows = store.read_decisions(paths)
    savings = _decided_savings(drivers, now)
    register = [*(_decided(row) for row in rows), *(saving for saving, _ in savings)]
    runs = _runs(paths)
    lines, results = [], []
    kept: dict[str, Frozen] = {}
    for row, decided in zip(rows, register, strict=False):
        frozen = _thawed(paths, row)
        found = None
        if frozen is not None:
            earlier = _earlier(paths, runs, frozen, kept)
            events = _events(drivers, frozen, decided.measure)
            found = follow_up(decided, frozen, now, events=events, register=register, earlier=earlier)
            results.append(found)
        lines.append(_line(row, decided, found, settings.min_citizens))
    for saving, said in savings:
        line, found = _saving_line(paths, runs, drivers, now, saving, said)
        lines.append(line)
        results += [found] if found is not None else []
    if only is not None and only not in {line["decision_id"] for line in lines}:
        what = "No decided case has that id"
        raise WrongUse(what, remedy="'opdrift investment list' names the decided cases")
    wanted = [line for line in lines if only in {None, line["decision_id"]}]
    newest = f"{now.months[-1]:%Y-%m}" if len(now.months) else None
    found_all = {"run_id": mart.run_id, "newest_month": newest, "cases": wanted, "track_record": asdict(track_record(results))}
    return found_all | {"origins": [origin_of(mart)]}


def refresh_report(settings: Settings) -> str:
    """Work the follow-up out anew and put it where the pages read it.

    Returns:
        Why it could not be done, to be told; empty: it was. The published run does not depend on it.
    """
    try:
        write_report(settings.paths, follow_up_all(settings))
    except (OpdriftError, OSError, ValueError, KeyError) as error:
        return f"the follow-up of decided measures could not be renewed ({type(error).__name__}); the earlier one stands"
    return ""


def _thawed(paths: Paths, row: dict[str, Any]) -> Frozen | None:
    """What was frozen; None where the file or the case is not what it was when it was decided."""
    if _case_of(row).case_id != row["case_id"]:
        return None
    try:
        return thaw(store.read_frozen(paths, row))
    except (OpdriftError, ValueError):
        return None


def _decided(row: dict[str, Any]) -> Decided:
    case = _case_of(row)
    started, stopped = row.get("actual_start"), row.get("stopped")
    return Decided(
        decision_id=row["decision_id"],
        name=case.name,
        services=case.services,
        promised=Promised.of(case),
        decided=_number(row["decided_on"][:7]),
        planned_start=_number(row["planned_start"]),
        actual_start=None if started is None else _number(started),
        stopped=None if stopped is None else _number(stopped),
        planned=case.n_citizens,
        enrolled=sum(row["enrolled"].values()) if row["enrolled"] else None,
        ages=case.age_range,
        comparison=row.get("comparison", ""),
    )


def _case_of(row: dict[str, Any]) -> Case:
    return read_case(json.dumps(row["case"], ensure_ascii=False))


def _runs(paths: Paths) -> list[str]:
    """Published runs, the newest first."""
    return sorted((file.stem for file in paths.published.glob("run-*.duckdb")), reverse=True)


def _earlier(paths: Paths, runs: list[str], frozen: Frozen, kept: dict[str, Frozen]) -> list[Frozen]:
    """Earlier forecasts, a year apart and a year or more before the decision's, the newest first."""
    found: list[Frozen] = []
    before = month_number(frozen.cutoff) - _YEAR
    for run_id in runs:
        if len(found) == MOST_EARLIER or run_id == frozen.run_id:
            continue
        cutoff = _cutoff(paths, run_id)
        if cutoff is None or cutoff > before:
            continue
        if run_id not in kept:
            kept[run_id] = freeze_run(paths, Mart.open(paths, run_id))
        found.append(kept[run_id])
        before = cutoff - _YEAR
    return found


def _cutoff(paths: Paths, run_id: str) -> int | None:
    try:
        said = Mart.open(paths, run_id).facts().get("cutoff")
    except OpdriftError:
        return None
    return _number(str(said)) if said else None


def _events(drivers: dict[str, pd.DataFrame], frozen: Frozen, measure: str) -> list[Event]:
    """Moved tasks and changed laws since the decision, as shares of what their service was expected to cost."""
    table = drivers.get("driver_events")
    if table is None:
        return []
    found = []
    for row in table[table["kind"].isin(_MOVED[measure])].itertuples(index=False):
        service = str(row.service or "")
        first = month_number(row.effective_from)
        if service not in frozen.services or first <= month_number(frozen.cutoff):
            continue
        place = frozen.place(service)
        yearly = _YEAR * float(np.nanmean((frozen.draws[place] * np.nan_to_num(frozen.unit_cost[place])).mean(axis=1)))
        last = None if row.effective_to is None or str(row.effective_to) in {"NaT", "nan"} else month_number(row.effective_to)
        if yearly > 0:
            found.append(Event(service, first, last, max(float(row.amount_dkk) / yearly, -1.0)))
    return found


def _decided_savings(drivers: dict[str, pd.DataFrame], now: Realised) -> list[tuple[Decided, dict[str, Any]]]:
    """Decided savings of the budget as lines of the register, in real cost, and what stands in the budget of each."""
    table = drivers.get("driver_events")
    if table is None:
        return []
    rows = table[table["kind"] == "decided_saving"].sort_values("number")
    told = [(_said(row.frame), _said(row.service), f"{row.effective_from:%Y-%m-%d}", row.amount_dkk) for row in rows.itertuples()]
    found = []
    for row, decision_id in zip(rows.itertuples(index=False), saving_ids(told), strict=True):
        start = month_number(row.effective_from)
        begun = len(now.months) > 0 and start <= month_number(now.months[-1])
        decided = Decided(
            decision_id=decision_id,
            name="",
            services=(row.service,) if isinstance(row.service, str) and row.service else (),
            promised=Promised(unit="dkk", expected=-abs(float(row.amount_dkk))),
            decided=start - 1,
            planned_start=start,
            actual_start=start if begun else None,
            measure="cost",
        )
        said = {"source": "budget", "frame": row.frame, "owner": None, "decided_on": None, "enrolled": {}, "run_id": None}
        found.append((decided, said | {"planned_start": _month(start)}))
    return found


def _said(value: object) -> str:
    return value if isinstance(value, str) else ""


def _saving_line(
    paths: Paths, runs: list[str], drivers: dict[str, pd.DataFrame], now: Realised, decided: Decided, said: dict[str, Any]
) -> tuple[dict[str, Any], FollowUp | None]:
    """A decided saving against the newest run from before it began, or why nothing is said."""
    frozen = _newest_before(paths, runs, decided.planned_start) if decided.services else None
    if frozen is None:
        reason = "no_earlier_run" if decided.services else "no_service"
        return _line(said, decided, None, 0) | {"reason": reason, "reason_text": _REASONS[reason]}, None
    found = follow_up(decided, frozen, now, events=_events(drivers, frozen, "cost"))
    return _line(said | {"run_id": frozen.run_id}, decided, found, 0), found


def _newest_before(paths: Paths, runs: list[str], start: int) -> Frozen | None:
    for run_id in runs:
        cutoff = _cutoff(paths, run_id)
        if cutoff is not None and cutoff < start:
            return freeze_run(paths, Mart.open(paths, run_id))
    return None


def _line(row: dict[str, Any], decided: Decided, found: FollowUp | None, least: int) -> dict[str, Any]:
    """One case as it is told."""
    enrolled = enrolled_told(row, least)
    reason = "frozen_damaged" if found is None else found.reason
    told: dict[str, Any] = {
        "decision_id": decided.decision_id,
        "source": row.get("source", "case"),
        "name": decided.name,
        "frame": row.get("frame"),
        "services": list(decided.services),
        "measure": decided.measure,
        "owner": row["owner"],
        "decided_on": row["decided_on"],
        "planned_start": row["planned_start"],
        "actual_start": None if decided.actual_start is None else _month(decided.actual_start),
        "stopped": None if decided.stopped is None else _month(decided.stopped),
        "planned": decided.planned or None,
        **enrolled,
        "run_id": row["run_id"],
        "status": None if found is None else found.status.value,
        "reason": reason,
        "reason_text": _REASONS.get(reason, ""),
        "late_months": None if found is None else found.late_months,
        "share_enrolled": None if found is None or enrolled["enrolled_hidden"] else found.share_enrolled,
        "too_many_enrolled": found is not None and found.too_many_enrolled,
        "effect": None,
        "months": [],
        "placebo": [],
        "calibration": None,
        "comparison_used": found is not None and found.comparison_used,
        "overlaps": [],
    }
    if found is None or found.effect is None:
        return told
    effect = {name: _plain(value) for name, value in asdict(found.effect).items()}
    months = [{str(name): _plain(value) for name, value in line.items()} for line in found.months.to_dict("records")]
    placebo = [asdict(item) | {"first": _month(item.first), "last": _month(item.last)} for item in found.placebo]
    calibration = None
    if found.calibration is not None:
        calibration = {name: getattr(found.calibration, name) for name in ("shift", "taken_back", "width", "rows")}
    overlaps = [{"decision_id": other, "share": share} for other, share in found.overlaps]
    return told | {"effect": effect, "months": months, "placebo": placebo, "calibration": calibration, "overlaps": overlaps}


def _number(month: str) -> int:
    return int(month[:4]) * _YEAR + int(month[5:7]) - 1


def _month(number: int) -> str:
    return f"{number // _YEAR}-{number % _YEAR + 1:02d}"


def _plain(value: Any) -> Any:  # noqa: ANN401
    if hasattr(value, "strftime"):
        return f"{value:%Y-%m}"
    return None if isinstance(value, float) and not math.isfinite(value) else value


def told_follow_up(found: dict[str, Any]) -> str:
    """What each case has done, in plain words."""
    lines = [f"On {found['run_id']}, to {found['newest_month']}:"]
    for row in found["cases"]:
        head = f"  {row['decision_id']}  {row['name'] or ', '.join(row['services']) or row['frame']}: {row['status'] or '-'}"
        effect = row["effect"]
        if effect is None:
            lines.append(f"{head} ({row['reason_text']})")
            continue
        ends = f"{effect['effect_pct_q10']:+.1f} to {effect['effect_pct_q90']:+.1f} %"
        sure = f"some effect {effect['probability']:.0%}, as promised {effect['probability_promise']:.0%}"
        lines.append(f"{head}, {effect['first']} to {effect['last']}: {effect['effect_pct']:+.1f} % ({ends}); {sure}")
        lines += [f"    also acting on them: {item['decision_id']} ({item['share']:+.0%})" for item in row["overlaps"]]
    record = found["track_record"]
    if record["haircut_pct"] is None:
        lines.append("Track record: fewer than three cases followed up; no haircut is suggested.")
    else:
        lines.append(
            f"Track record of {record['followed']} followed up and {record['not_carried_out']} not carried out: "
            f"{record['share']:.0%} of what was promised came; suggested haircut {record['haircut_pct']:.0f} %."
        )
    return "\n".join(lines)
