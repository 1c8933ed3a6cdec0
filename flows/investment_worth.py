"""What investment cases are worth on a run, alone and together; what ``opdrift investment evaluate`` tells."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.follow_up_report import read_report
from flows.investment import open_case
from flows.origins import origins
from flows.priority import open_run
from flows.scenario import baseline_of
from models.investment.balance import balance, case_overlaps
from models.investment.track_record import TrackRecord, track_record, with_haircut
from models.investment.worth import Worth, value_case
from models.scenario.faults import ScenarioFault, ScenarioInvalid

if TYPE_CHECKING:
    from data.settings import Settings
    from models.investment.balance import CaseOverlap


def evaluate_cases(settings: Settings, named: list[str], *, haircut: bool = False) -> dict[str, Any]:
    """Value cases on the newest run, or the one they are pinned to; by ``docs/schemas/investment_worth.json``.

    Args:
        settings: The home.
        named: Files.
        haircut: Cut every promise as the municipality's own track record suggests.

    Raises:
        WrongUse: A file can't be opened.
        ScenarioInvalid: A case does not hold, can't be carried by the run, or cases are pinned to different runs.
    """
    cases = [open_case(Path(name)) for name in named]
    pins = sorted({case.run_id for case in cases if case.run_id})
    if len(pins) > 1:
        what, why = "The cases are pinned to different runs", "Their figures can't be added"
        raise ScenarioInvalid.of([ScenarioFault("run", "run_id", "", what, why, "Take run_id out of them")])
    baseline = baseline_of(open_run(settings, pins[0] if pins else ""))
    record = _record(settings) if haircut else _record_told(settings)
    if haircut:
        cases = [with_haircut(case, record) for case in cases]
    worths = [value_case(baseline, case) for case in cases]
    suggested = not haircut and record.haircut_pct is not None
    cut = [value_case(baseline, with_haircut(case, record)).present if suggested else None for case in cases]
    return {
        "run_id": baseline.run_id,
        "origins": origins(settings.paths, baseline.run_id),
        "price_level": baseline.price_level,
        "haircut_pct": record.haircut_pct if haircut else None,
        "suggested_haircut_pct": record.haircut_pct,
        "cases": [worth_told(worth) | {"present_cut": less} for worth, less in zip(worths, cut, strict=True)],
        "balance": [asdict(row) for row in balance(baseline, worths)],
        "overlaps": [_overlap_told(item, settings.min_citizens) for item in case_overlaps(baseline, worths)],
    }


def _overlap_told(item: CaseOverlap, min_citizens: int) -> dict[str, Any]:
    """Two cases on the same citizens; how many only where both together are as many as may be told."""
    told = asdict(item) | {"services": list(item.services)}
    few = max(abs(item.alone), abs(item.together)) < min_citizens
    return told | {"alone": None, "together": None} if few else told


def worth_told(worth: Worth) -> dict[str, Any]:
    """A case's worth as JSON has it."""
    years = [
        {
            "year": place + 1,
            "from": f"{year}-{worth.case.start[5:]}",
            "net": net,
            "net_q10": low,
            "net_q90": high,
            "change": change,
        }
        for place, (year, net, low, high, change) in enumerate(
            zip(
                worth.years,
                worth.net.tolist(),
                worth.net_q10.tolist(),
                worth.net_q90.tolist(),
                worth.change.tolist(),
                strict=True,
            )
        )
    ]
    told: dict[str, Any] = {
        "case_id": worth.case.case_id,
        "name": worth.case.name,
        "grade": worth.case.evidence.grade,
        "years": years,
    }
    plain = (
        "present", "present_q10", "present_q90", "chance_positive", "pays_back", "chance_in_council", "council_until",
        "chance_in_ten", "refund_known", "discount_pct", "discount_verified", "forecast_until",
    )  # fmt: skip
    told |= {name: getattr(worth, name) for name in plain}
    told |= {"purses": [asdict(purse) for purse in worth.purses], "swings": [asdict(swing) for swing in worth.swings]}
    return told | {"waiting": asdict(worth.waiting) if worth.waiting else None, "remarks": list(worth.remarks)}


def _record(settings: Settings) -> TrackRecord:
    """The municipality's own record, from every decided case that can be followed up."""
    from flows.follow_up import follow_up_all  # noqa: PLC0415

    return TrackRecord(**follow_up_all(settings)["track_record"])


def _record_told(settings: Settings) -> TrackRecord:
    """The same as the last run or entry left it; nothing is followed up anew for it."""
    report = read_report(settings.paths)
    return TrackRecord(**report["track_record"]) if report else track_record([])


_REMARKS = {
    "no_effect": "No effect is promised: it only costs.",
    "no_cost": "No cost is given.",
    "never": "Expected never to pay back within ten years.",
}


def told_worth(found: dict[str, Any]) -> str:
    """The cases in words, for stderr."""
    lines = []
    for case in found["cases"]:
        lines.append(f"{case['name']} ({case['grade']}), {found['price_level']}, on {found['run_id']}:")
        ends = f"{case['present_q10'] / 1e6:,.1f} to {case['present_q90'] / 1e6:,.1f}"
        unverified = "" if case["discount_verified"] else ", rate not verified"
        lines.append(
            f"  Net present value {case['present'] / 1e6:,.1f} million (4 out of 5 times {ends}; {case['discount_pct']:g} % a "
            f"year{unverified}); above 0 with {case['chance_positive']:.0%}."
        )
        if case["present_cut"] is not None:
            lines.append(
                f"  With the haircut of {found['suggested_haircut_pct']:.0f} % that the own track record suggests: "
                f"{case['present_cut'] / 1e6:,.1f} million (--haircut applies it)."
            )
        back = f"in {case['pays_back']}" if case["pays_back"] else "never within ten years"
        lines.append(
            f"  Pays back {back}; within the council period (to {case['council_until']}) with {case['chance_in_council']:.0%}, "
            f"within ten years with {case['chance_in_ten']:.0%}."
        )
        lines += [
            f"  {purse['purse']} {purse['name']}".rstrip() + f": gains {purse['gains']:,.0f}, pays {purse['costs']:,.0f}"
            for purse in case["purses"]
        ]
        if case["waiting"]:
            waiting = case["waiting"]
            lines.append(f"  A trial of {waiting['months']} months first is worth {waiting['value']:+,.0f}.")
        heaviest = case["swings"][:3]
        lines += [f"  {swing['name']}: {swing['at_low']:,.0f} to {swing['at_high']:,.0f}" for swing in heaviest]
        lines += [f"  {_REMARKS[word]}" for word in case["remarks"]]
        if not case["refund_known"]:
            lines.append("  What the state takes through the central refund is not known, and nothing is taken off.")
        lines.append(f"  Forecast until {case['forecast_until']}; beyond it price and number of citizens stay as they are then.")
    for row in found["balance"]:
        lines.append(f"{row['grade']}: {row['n_cases']} cases, {row['share']:.0%} of the cost, worth {row['present']:,.0f}.")
    names = {case["case_id"]: case["name"] for case in found["cases"]}
    for item in found["overlaps"]:
        first, second = names[item["first"]], names[item["second"]]
        lines.append(
            f"{first} and {second} reach the same citizens ({', '.join(item['services'])}); the second acts on who is left"
            + (f": together {item['together']:.2f} fewer, not {item['alone']:.2f}." if item["alone"] is not None else ".")
        )
    return "\n".join(lines)
