"""A small published run made from contract frames: 8 services, 2 frames, 2 committees, 60 months, 500 draws, masked services."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import stays_example

from data.mart import point_current, write_mart
from data.schema import PUBLISHED, RESTRICTED, Kind
from models.pressure import stored_uniforms
from models.refund.response import PRICE_FACTORS
from models.scenario import Lever, Scenario
from models.scenario.offers import variant_lever

if TYPE_CHECKING:
    from pathlib import Path

    from data.settings import Paths

RUN_ID = "run-20270115T020000-0a1b2c"
CUTOFF = pd.Timestamp("2026-12-01")
MONTHS = pd.date_range("2027-01-01", periods=60, freq="MS")
YEARS = range(2027, 2032)
YEARS_OF_RESULT = (2026, 2027)
MISSES = {"prices_10_pct_lower": -0.0066, "volumes_10_pct_lower": 0.0071, "thresholds_20_pct_lower": -0.0132}
VARIANTS = {"main": 0.0, "low": -0.004, "high": 0.006}
AGES = ("0-17", "18-22", "23-39", "40-66", "67+")
# service, group, frame, monthly m kr, growth a year, masked
SERVICES = (
    ("laengerevarende_botilbud", "botilbud", "50.54", 11.0, 0.030, False),
    ("midlertidigt_botilbud", "botilbud", "50.54", 6.0, 0.035, False),
    ("bostoette", "stoette_hjemme", "50.54", 5.0, 0.020, False),
    ("kontaktperson_doevblinde", "stoette_hjemme", "50.54", 0.1, 0.0, True),
    ("plejefamilie", "anbringelser", "30.46", 7.0, 0.010, False),
    ("sikret_institution", "forebyggende_boern", "30.46", 0.4, 0.0, True),
    ("ledsageordning", "stoette_hjemme", "50.54", 0.3, 0.01, True),
    ("eget_vaerelse", "anbringelser", "30.46", 0.6, 0.01, True),
)
LABELS = {
    "laengerevarende_botilbud": ("Længerevarende botilbud", "Long-term residential placement"),
    "midlertidigt_botilbud": ("Midlertidigt botilbud", "Temporary residential placement"),
    "bostoette": ("Socialpædagogisk støtte i eget hjem", "Socio-educational support at home"),
    "kontaktperson_doevblinde": ("Kontaktperson for døvblinde", "Contact person for deafblind people"),
    "plejefamilie": ("Plejefamilie", "Foster family"),
    "sikret_institution": ("Sikret døgninstitution", "Secure institution"),
    "ledsageordning": ("Ledsageordning", "Escort scheme"),
    "eget_vaerelse": ("Eget værelse, kost- og efterskole", "Own room, boarding school"),
}
GROUPS = {
    "botilbud": ("Botilbud", "Residential placements"),
    "stoette_hjemme": ("Støtte i eget hjem", "Support at home"),
    "anbringelser": ("Anbringelser af børn og unge", "Out-of-home placements"),
    "forebyggende_boern": ("Støttende indsatser til børn og unge", "Supporting measures for children"),
}
FRAMES = {
    "50.54": ("Tilbud til voksne med særlige behov", "Socialudvalget"),
    "30.46": ("Forebyggelse og anbringelse", "Børne- og Skoleudvalget"),
}
BUDGET_GROWTH = 0.006
PL = "2026-pl"


def frames(*, currency: str = "DKK", with_frames: bool = True) -> dict[str, pd.DataFrame]:
    """Every published table by its contract; ``with_frames=False`` is a source of service months only."""
    draws = _draws()
    made = {name: _empty(name) for name in PUBLISHED}
    made["draws"] = _draws_table(draws)
    made["uniforms"] = stored_uniforms(7, 500)
    made["services"] = _services(with_frames=with_frames)
    made["variant_factors"] = _variant_factors() if with_frames else _empty("variant_factors")
    made["actual_years"], made["forecast_years"] = _years(draws, with_frames=with_frames)
    made["actual_months"] = _actual_months()
    made["forecast_months"] = _forecast_months(draws)
    if with_frames:
        made["accounting_weights"] = _weights()
        made["accounting_fixed"] = _fixed()
        made["frame_outlook"] = _outlook(draws)
        made["bridge"] = _bridge()
        made["completion_development"] = _development()
        made |= _outturn(draws)
        made["known_months"], made["transition_radar"], made["transition_leaving"] = _known_months(), _radar(), _left()
        made["stay_response"] = _frame("stay_response", stays_example.stay_response(MONTHS).to_dict("records"))
        made["age_shares"] = _frame("age_shares", stays_example.age_shares(sorted(set(MONTHS.year))).to_dict("records"))
        made |= _refund(made["year_result"])
        made |= _providers()
    made["drift"] = _drift(with_frames=with_frames)
    made["notices"] = _notices(with_frames=with_frames)
    made["forecast_quality"], made["forecast_quality_months"] = _quality(with_frames=with_frames)
    made |= _data_tables(with_frames=with_frames)
    made |= _voices()
    made["run_record"] = _record(currency, PL if with_frames else "nominal")
    return made


def publish(paths: Paths, **options: object) -> Path:
    """Write the example as the home's current run."""
    file = write_mart(paths, RUN_ID, frames(**options))  # type: ignore[arg-type]
    point_current(paths, RUN_ID)
    return file


def restricted() -> dict[str, pd.DataFrame]:
    """The example's totals unsuppressed, and a case of every service: for ``write_restricted``."""
    found = {
        name: pd.DataFrame({column: pd.Series(dtype=object) for column in table.names}) for name, table in RESTRICTED.items()
    }
    months = pd.date_range("2026-01-01", periods=12, freq="MS")
    services = _services(with_frames=True)["service"]
    rows = [
        {"service": key, "month": month, "gross_ultimate_nominal": 1e5, "volume": 3.0} for key in services for month in months
    ]
    case = {"citizen_id": "ab" * 32, "case_id": "cd" * 32, "start_date": months[0], "price": 5e3}
    for name, made in (("driver_months", rows), ("case_rows", [case | {"service": key} for key in services])):
        found[name] = pd.DataFrame(made).reindex(columns=list(RESTRICTED[name].names))
    return found


def _empty(name: str) -> pd.DataFrame:
    return pd.DataFrame({column: pd.Series(dtype="object") for column in PUBLISHED[name].names})


def _frame(name: str, rows: list[dict[str, object]]) -> pd.DataFrame:
    table = PUBLISHED[name]
    made = pd.DataFrame(rows).reindex(columns=list(table.names))
    for column in table.columns:
        if column.kind in {Kind.NUMBER, Kind.MONEY}:
            made[column.name] = made[column.name].astype("float64")
    return made


def _mask(*, masked: bool, citizens: int = 40) -> dict[str, object]:
    return {
        "n_citizens": None if masked else citizens,
        "top_share": None if masked else 0.08,
        "mask": "primary" if masked else "",
    }


def _development() -> pd.DataFrame:
    """Invoices of two kinds of payee; in one month more came than expected, one kind is hidden."""
    months = pd.to_datetime(["2026-11-01", "2026-12-01"])
    rows = [
        {"payee_kind": "private", "month": month, "actual": 10e6 + came, "expected": 10e6, "standard_error": 4e5, "z": came / 4e5}
        | _mask(masked=False)
        for month, came in zip(months, (1.2e6, -2e5), strict=True)
    ]
    return _frame("completion_development", [*rows, {"payee_kind": "region", "month": months[1]} | _mask(masked=True)])


def _refund(results: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """A twentieth of gross is refunded, and 2 m apart; one committee's is hidden, no threshold is verified."""
    ahead: list[dict[str, object]] = []
    spread: list[dict[str, object]] = []
    for row in results[results["level"] != "service"].itertuples():
        key, masked = {"level": row.level, "member": row.member, "year": row.year}, row.member == "Børne- og Skoleudvalget"
        lines = {"gross": row.mean, "central_refund": 0.05 * row.mean, "net_of_central": 0.95 * row.mean}
        half = 0.0 if row.member == "30.46" else 2e6
        sizes = (("mean", 1.0), ("q10", 0.97), ("q90", 1.03))
        told = {f"{name}_{word}": part * size for name, part in lines.items() for word, size in sizes}
        told |= {"half_refund_mean": half, "net_mean": 0.95 * row.mean - half}
        facts = {"basis": "accounting_year", "thresholds_verified": False, "half_mask": ""}
        ahead.append(key | facts | ({} if masked else told) | _mask(masked=masked))
        points = np.linspace(row.deviation_q10, row.deviation_q90, 99)
        spread += [key | {"percentile": n + 1, "deviation": point} | _mask(masked=False) for n, point in enumerate(points)]
    tiers = ((1, 1.0e6, 25.0), (2, 1.95e6, 50.0), (3, 2.47e6, 75.0))
    thresholds = [
        {"year": year, "tier": tier, "above_dkk": above, "refund_pct": pct, "source": "", "thresholds_verified": False}
        for year in YEARS_OF_RESULT
        for tier, above, pct in tiers
    ]
    return {
        "refund_ahead": _frame("refund_ahead", ahead),
        "refund_thresholds": _frame("refund_thresholds", thresholds),
        "year_result_spread": _frame("year_result_spread", spread),
        "refund_response": _refund_response(),
    }


def _refund_response() -> pd.DataFrame:
    """Residential placements have expensive cases; those of few citizens are known together, one frame's not at all."""
    cells = (
        ("laengerevarende_botilbud", "50.54", "laengerevarende_botilbud", 4e5, False),
        ("midlertidigt_botilbud", "50.54", "midlertidigt_botilbud", 3e5, False),
        ("thin:30.46", "30.46", "sikret_institution eget_vaerelse", 1e5, True),
    )
    rows: list[dict[str, object]] = []
    for cell, frame, services, monthly, masked in cells:
        for month in MONTHS:
            for factor in PRICE_FACTORS:
                told = {"refund_of_having": monthly * max(0.9 + 2.0 * (factor - 1.0), 0.0) ** 1.2, "refund": monthly}
                keys = {"cell": cell, "month": month, "price_factor": factor, "frame": frame, "services": services}
                rows.append(keys | ({} if masked else told) | _mask(masked=masked))
    return _frame("refund_response", rows)


def _known_months() -> pd.DataFrame:
    """One citizen in three of today's has left after a year, half after four; one service is hidden, and a frame is a frame."""
    months = MONTHS
    rows: list[dict[str, object]] = []
    for level, member, held, masked in (
        ("total", "total", 400.0, False), ("frame", "50.54", 250.0, False), ("frame", "30.46", 150.0, False),
        ("service", "plejefamilie", 75.0, False), ("service", "sikret_institution", 2.0, True),
    ):  # fmt: skip
        for number, month in enumerate(months):
            still = held * float(np.exp(-number / 36))
            told = {
                "open_at_cutoff": held,
                "still_here": still,
                "still_here_q10": 0.97 * still,
                "still_here_q90": 1.03 * still,
                "ended": held - still,
                "moved_here": 0.02 * held,
                "new": held - still,
            }
            keys = {"level": level, "member": member, "month": month}
            rows.append(keys | ({} if masked else told) | _mask(masked=masked))
    return _frame("known_months", rows)


def _radar() -> pd.DataFrame:
    rows: list[dict[str, object]] = []
    keys = {"age": 18, "from_committee": "Børne- og Skoleudvalget", "to_committee": "Socialudvalget"}
    told = {
        "reaching": 9,
        "expected": 4.2,
        "yearly_cost_real": 2.9e6,
        "yearly_cost_q10_real": 1.1e6,
        "yearly_cost_q90_real": 4.7e6,
    }
    shown = [("2027", "all", ""), ("2027", "bostoette", ""), ("2028", "all", "")]
    for period, service, mask in [*shown, ("2027-Q1", "all", "primary"), ("2027-Q2", "all", "secondary")]:
        rows.append(keys | {"period": period, "to_service": service, "mask": mask} | ({} if mask else told))
    return _frame("transition_radar", rows)


def _left() -> pd.DataFrame:
    """The other side of :func:`_radar`: as many leave."""
    keys = {"age": 18, "from_committee": "Børne- og Skoleudvalget"}
    told = {"expected": 4.2, "yearly_cost_real": 2.1e6, "yearly_cost_q10_real": 0.8e6, "yearly_cost_q90_real": 3.4e6}
    nowhere = {"expected": 3.1, "yearly_cost_real": 1.2e6, "yearly_cost_q10_real": 0.4e6, "yearly_cost_q90_real": 2.0e6}
    rows: list[dict[str, object]] = [
        keys | nowhere | {"to_committee": "none", "period": "2027", "from_service": "all", "mask": ""}
    ]
    shown = [("2027", "all", ""), ("2027", "plejefamilie", ""), ("2028", "all", "")]
    for period, service, mask in [*shown, ("2027-Q1", "all", "primary"), ("2027-Q2", "all", "secondary")]:
        place = {"to_committee": "Socialudvalget", "period": period, "from_service": service, "mask": mask}
        rows.append(keys | place | ({} if mask else told))
    return _frame("transition_leaving", rows)


def _draws() -> dict[str, np.ndarray]:
    """Service -> (60, 500) nominal currency per month."""
    rng = np.random.default_rng(7)
    shared = rng.standard_normal(500)
    ahead = np.arange(1, 61) / 12
    found = {}
    for service, _, _, level, growth, _ in SERVICES:
        own = 0.6 * shared + 0.8 * rng.standard_normal(500)
        spread = 0.02 * np.sqrt(ahead)[:, None] * own[None, :]
        found[service] = level * 1e6 * np.exp((growth + 0.028) * ahead[:, None] + spread)
    return found


def _price() -> np.ndarray:
    return np.exp(0.028 * np.arange(1, 61) / 12)


def _draws_table(draws: dict[str, np.ndarray]) -> pd.DataFrame:
    price = _price()
    rows = [
        {
            "service": service,
            "month": month,
            "gross_nominal": draws[service][place].tolist(),
            "volume": (draws[service][place] / 80_000).tolist(),
            "price_factor": [float(price[place])] * 500,
        }
        for service in draws
        for place, month in enumerate(MONTHS)
    ]
    return pd.DataFrame(rows)


def _services(*, with_frames: bool) -> pd.DataFrame:
    rows = []
    for service, group, frame, *_, masked in SERVICES:
        note = ("Kort historik: niveauet føres videre.", "Little history: the level is carried on.") if masked else (None, None)
        rows.append({
            "service": service, "label_da": LABELS[service][0], "label_en": LABELS[service][1], "service_group": group,
            "group_label_da": GROUPS[group][0], "group_label_en": GROUPS[group][1],
            "frame": frame if with_frames else "none", "frame_label": FRAMES[frame][0] if with_frames else "Ingen ramme",
            "committee": FRAMES[frame][1] if with_frames else "none", "price_unit": "day", "history_months": 9 if masked else 120,
            "method": "level" if masked else "combined", "method_note_da": note[0], "method_note_en": note[1],
        })  # fmt: skip
    return pd.DataFrame(rows)


def _variant_factors() -> pd.DataFrame:
    rows = [
        {"service": service, "month": month, "variant": variant, "factor": float(np.exp(growth * (place + 1) / 12))}
        for service, *_ in SERVICES
        for place, month in enumerate(MONTHS)
        for variant, growth in VARIANTS.items()
        if variant != "main"
    ]
    return _frame("variant_factors", rows)


def members(*, with_frames: bool = True) -> list[tuple[str, str, list[str]]]:
    """(level, member, services) of everything that is summed."""
    names = [service for service, *_ in SERVICES]
    found = [("total", "total", names)] + [("service", name, [name]) for name in names]
    if with_frames:
        for frame, (_, committee) in FRAMES.items():
            inside = [service for service, _, belongs, *_ in SERVICES if belongs == frame]
            found += [("frame", frame, inside), ("committee", committee, inside)]
    return found


def _is_masked(level: str, member: str) -> bool:
    return level == "service" and any(member == service and masked for service, *_, masked in SERVICES)


def _statistics(values: np.ndarray) -> dict[str, float]:
    q10, q50, q90 = np.quantile(values, (0.1, 0.5, 0.9))
    return {"mean": float(values.mean()), "q10": float(q10), "q50": float(q50), "q90": float(q90)}


def _hidden(figures: dict[str, float], *, masked: bool) -> dict[str, object]:
    return {name: None if masked else value for name, value in figures.items()}


def _years(draws: dict[str, np.ndarray], *, with_frames: bool) -> tuple[pd.DataFrame, pd.DataFrame]:
    levels = {"nominal": np.ones(60)} | ({PL: _price()} if with_frames else {})
    bases = ("service_year", "accounting_year") if with_frames else ("service_year",)
    actual, ahead = [], []
    for level, member, inside in members(with_frames=with_frames):
        masked = _is_masked(level, member)
        for price_level, price in levels.items():
            for basis in bases:
                key = {"level": level, "member": member, "basis": basis, "price_level": price_level}
                for year in range(2017, 2027):
                    age = 2026 - year
                    base = sum(12e6 * size * (1 - growth) ** age for s, _, _, size, growth, _ in SERVICES if s in inside)
                    gross = base * (1 + 0.01 * np.sin(year)) * (0.972**age if price_level == "nominal" else 1.0)
                    actual.append(key | {"year": year} | _hidden({"gross": gross}, masked=masked) | _mask(masked=masked))
                for variant, growth in VARIANTS.items():
                    total = sum(draws[s] for s in inside) / price[:, None] * np.exp(growth * np.arange(1, 61) / 12)[:, None]
                    for place, year in enumerate(YEARS):
                        values = _statistics(total[place * 12 : place * 12 + 12].sum(axis=0))
                        row = key | {"year": year, "variant": variant} | _hidden(values, masked=masked)
                        ahead.append(row | _mask(masked=masked))
    return _frame("actual_years", actual), _frame("forecast_years", ahead)


def _actual_months() -> pd.DataFrame:
    rows = []
    for service, *_, level, _, masked in SERVICES:
        for month in pd.date_range("2025-01-01", "2026-12-01", freq="MS"):
            gross = level * 1e6
            figures = {"volume": gross / 80_000, "exposure": gross / 82_000, "uptake_ratio": 1.02, "unit_cost_real": 2_600.0,
                       "gross_reported_nominal": gross * 0.99, "gross_ultimate_nominal": gross}  # fmt: skip
            rows.append({"service": service, "month": month} | _hidden(figures, masked=masked) | _mask(masked=masked))
    return _frame("actual_months", rows)


def _forecast_months(draws: dict[str, np.ndarray]) -> pd.DataFrame:
    rows = []
    for service, *_, masked in SERVICES:
        for place, month in enumerate(MONTHS):
            values = _hidden(_statistics(draws[service][place]), masked=masked)
            key = {"level": "service", "member": service, "month": month, "measure": "gross_nominal"}
            rows.append(key | values | _mask(masked=masked))
    return _frame("forecast_months", rows)


def _weights() -> pd.DataFrame:
    rows = []
    for service, *_ in SERVICES:
        for month in MONTHS:
            late = 0.1 if month.month == 12 and month.year < 2031 else 0.0
            rows.append({"service": service, "month": month, "accounting_year": month.year, "weight": 1.0 - late})
            if late:
                rows.append({"service": service, "month": month, "accounting_year": month.year + 1, "weight": late})
    return _frame("accounting_weights", rows)


def _fixed() -> pd.DataFrame:
    rows = []
    for service, *_, level, _, masked in SERVICES:
        values = _hidden({"posted": 0.0, "ibnr_mean": level * 2e5}, masked=masked)
        rows.append({"service": service, "accounting_year": 2027} | values | _mask(masked=masked))
    return _frame("accounting_fixed", rows)


def _outlook(draws: dict[str, np.ndarray]) -> pd.DataFrame:
    """Frame against expected result: drawn part by accounting weights, income carried on as a constant."""
    price, rows = _price(), []
    for level, member, inside in members():
        if level == "service":
            continue
        label = FRAMES[member][0] if level == "frame" else ("I alt" if level == "total" else member)
        total = sum(draws[s] for s in inside) / price[:, None]
        outside = -0.06 * 12e6 * sum(size for s, _, _, size, *_ in SERVICES if s in inside)
        for place, year in enumerate(YEARS):
            start = place * 12
            inflow = 0.1 * total[start - 1] if place else 0.1 * total[0]
            last = 0.1 * total[start + 11] * (year < 2031)
            drawn = total[start : start + 12].sum(axis=0) + inflow - last + outside
            now = 12e6 * sum(size for s, _, _, size, *_ in SERVICES if s in inside) + outside
            budget = now * (1 + BUDGET_GROWTH) ** (place + 1)
            values = _statistics(drawn)
            rows.append({
                "level": level, "member": member, "member_label": label, "year": year, "price_level": PL,
                "budget_original": budget, "budget_revised": budget, "outside_model": outside, "decided_not_in_data": 0.0,
                **values, "deviation_mean": values["mean"] - budget, "deviation_q10": values["q10"] - budget,
                "deviation_q90": values["q90"] - budget, "probability_over": float(np.mean(drawn > budget)),
                **_mask(masked=False, citizens=900),
            })  # fmt: skip
    return _frame("frame_outlook", rows)


def _outturn(draws: dict[str, np.ndarray]) -> dict[str, pd.DataFrame]:
    """The year's result of 2026, closed but for its supplementary period, and of 2027, all of it ahead."""
    results, months, bridges = [], [], []
    for level, member, inside in members():
        masked, key = _is_masked(level, member), {"level": level, "member": member}
        size = 12e6 * sum(size for s, _, _, size, *_ in SERVICES if s in inside)
        outside = 0.0 if level == "service" else -0.06 * size
        drawn = sum(draws[s] for s in inside)[:12].sum(axis=0)
        for year in (2026, 2027):
            posted, late = (0.97 * size + outside, 0.03 * size) if year == 2026 else (0.0, 0.02 * size)
            ahead = np.zeros(500) if year == 2026 else drawn - late
            spread = np.linspace(-0.004, 0.004, 500) * size
            to_come = 0.0 if year == 2026 else outside
            moves = 1.75e6 if year == 2027 and (level == "total" or "bostoette" in inside) else 0.0
            expected = posted + late + spread + ahead + to_come + moves
            budget = np.nan if level == "service" else (size + outside) * (0.985 if year == 2026 else 1.02)
            figures = _result_figures(expected, budget, moves) | {
                "posted": posted, "posted_outside_model": outside if year == 2026 else 0.0, "late": late + float(spread.mean()),
                "ahead": float(ahead.mean()), "decided_not_in_data": 0.0, "outside_model": to_come, "adjusted": moves,
            }  # fmt: skip
            results.append(
                key
                | {"year": year, "price_factor": float(year == 2026) or 1.028}
                | _hidden(figures, masked=masked)
                | _mask(masked=masked)
            )
            months += [key | row | _mask(masked=masked) for row in _result_months(year, figures, size, masked=masked)]
            if level != "service":
                bridges += [
                    key | {"year": year, "step": step, "effect": value} | _mask(masked=False)
                    for step, value in _steps(figures).items()
                ]
    given = [("plejefamilie", 62e6, 61.2e6, 0.8e6, 0.0), ("bostoette", 41e6, None, None, 0.4e6)]
    commitments = [
        {
            "service": service,
            "year": 2027,
            "committed": committed,
            "case_list": listed,
            "difference": apart,
            "unmatched": lone,
            "used": True,
        }
        | _mask(masked=False)
        for service, committed, listed, apart, lone in given
    ]
    return {
        "year_result": _frame("year_result", results),
        "year_result_months": _frame("year_result_months", months),
        "year_bridge": _frame("year_bridge", bridges),
        "commitment_differences": _frame("commitment_differences", commitments),
        "staff_adjustments": _frame("staff_adjustments", _adjustments()),
        "staff_estimates": _frame("staff_estimates", _estimates()),
    }


def _voices() -> dict[str, pd.DataFrame]:
    """One service is rated, one by four only; one council answered."""
    rated = {"period": "2026", "question": "Hvor tilfreds er du?", "source": "Brugerundersøgelse"}
    rows = [
        {"service": "bostoette", "responses": 80.0, "score_pct": 72.0, "mask": ""},
        {"service": "plejefamilie", "responses": None, "score_pct": None, "mask": "small"},
    ]
    answer = {
        "council": "handicapraad", "answered_on": pd.Timestamp("2026-09-14"), "subject": "Serviceniveau", "service": "bostoette",
        "text": "Rådet finder <b>ikke</b>, at støtten kan blive mindre.", "source": "Høringssvar",
    }  # fmt: skip
    return {
        "citizen_ratings": _frame("citizen_ratings", [row | rated for row in rows]),
        "hearing_answers": _frame("hearing_answers", [answer]),
    }


def _providers() -> dict[str, pd.DataFrame]:
    """Two kinds of provider; a hidden service's kinds are hidden, and one has two kinds in one row."""
    kinds, curve = [], []
    for level, member, _ in members():
        masked, key = _is_masked(level, member), {"level": level, "member": member}
        for kind, share, growth in (("own", 0.6, 0.03), ("private", 0.4, 0.05)):
            row = {"cost_share": share, "volume_share": 1 - share, "price_growth": growth, "above_index": growth - 0.03}
            row |= {"billed_per_agreed": 1.01, "price_per_year": 1.2e6 if level == "service" else None}
            told = _hidden(row, masked=masked) | {"n_citizens": None if masked else 40, "mask": "primary" if masked else ""}
            if together := (member, kind) == ("bostoette", "private"):
                told |= dict.fromkeys(["price_growth", "above_index", "billed_per_agreed", "n_citizens"])
            named = "region+private" if together else kind
            kinds.append(key | {"provider_type": named, "period": "last12", "index_growth": 0.03} | told)
        for point, share in ((1, None), (5, 0.3), (10, 0.5), (20, 0.7), (50, 0.9)):
            hidden = masked or share is None
            curve.append(
                key
                | {"top_pct": point, "cost_share": None if hidden else share, "n_top": None if hidden else 4 * point}
                | {"n_citizens": None if hidden else 400, "mask": "primary" if hidden else ""}
            )
    large = [
        {"frame": "50.54", "place": 1, "provider_type": "own", "n_providers": 1, "cost_share": 0.3, "n_citizens": 25, "mask": ""},
        {"frame": "50.54", "place": 2, "provider_type": "pooled", "n_providers": 9, "cost_share": 0.7, "mask": ""},
    ]
    tables = {"provider_types": kinds, "cost_concentration": curve, "provider_shares": large}
    return {name: _frame(name, rows) for name, rows in tables.items()}


def _estimates() -> list[dict[str, object]]:
    """Two follow-ups of 2025, whose accounts are known, one of 2026 that is open, and one that is hidden."""
    found = []
    told = (
        ("50.54", 2025, 6, 250e6, 256e6, 255e6),
        ("50.54", 2025, 9, 256e6, 257e6, 255e6),
        ("50.54", 2026, 6, 262e6, 265e6, None),
    )
    for member, year, month, staff, ours, actual in told:
        misses = {} if actual is None else {"actual": actual, "staff_error": staff - actual, "ours_error": ours - actual}
        nearer = None if actual is None else "ours" if abs(ours - actual) < abs(staff - actual) else "staff"
        row = {"level": "frame", "member": member, "year": year, "follow_up_on": pd.Timestamp(year, month, 30), "staff": staff}
        row |= {"ours": ours, "ours_q10": ours - 4e6, "ours_q90": ours + 4e6, "ours_remade": month == 9, "nearer": nearer}
        found.append(row | misses | _mask(masked=False))
    hidden = {"level": "service", "member": "sikret_institution", "year": 2026, "follow_up_on": pd.Timestamp("2026-06-30")}
    return [*found, hidden | {"ours_remade": False, "nearer": None} | _mask(masked=True)]


def _adjustments() -> list[dict[str, object]]:
    """A placement from 1 March 2027 that counts, and a rate change that was taken back."""
    placement = {
        "adjustment_id": "just-1", "kind": "placement", "frame": "50.54", "service": "bostoette", "amount_per": "year",
        "effective_from": pd.Timestamp("2027-03-01"), "effective_to": pd.NaT, "amount_dkk": 2.1e6, "price_level": None,
        "among_expected": False, "in_data": None, "reason": "Nyt tilbud efter visitation", "who": "KN, økonomi",
        "entered_on": pd.Timestamp("2027-01-10"), "withdrawn_on": pd.NaT, "entered_by": "file", "standing": "counts",
    }  # fmt: skip
    rate = placement | {
        "adjustment_id": "just-2", "kind": "rate_change", "service": None, "amount_dkk": np.nan, "change_pct": 1.5,
        "reason": "Varslet takst", "withdrawn_on": pd.Timestamp("2027-01-12"), "withdrawn_by": "MB", "standing": "withdrawn",
    }  # fmt: skip
    moves = {("just-1", 2027): 1.75e6}
    return [row | {"year": year, "moves": moves.get((row["adjustment_id"], year), 0.0)} for row in (placement, rate)
            for year in YEARS_OF_RESULT]  # fmt: skip


def _result_figures(expected: np.ndarray, budget: float, moves: float) -> dict[str, float]:
    values = _statistics(expected)
    known = np.isfinite(budget)
    return {
        "budget_original": budget * 0.995, "budget_carried_over": budget * 0.002, "budget_revised": budget,
        "budget_change_proposed": values["mean"] - budget, "budget_proposed": values["mean"], **values,
        "deviation_mean": values["mean"] - budget,
        "deviation_q10": values["q10"] - budget, "deviation_q90": values["q90"] - budget,
        "probability_over": float(np.mean(expected > budget)) if known else np.nan,
        "probability_over_unadjusted": float(np.mean(expected - moves > budget)) if known else np.nan,
        "reserve_80": max(0.0, float(np.quantile(expected, 0.8)) - budget) if known else np.nan,
    }  # fmt: skip


def _result_months(year: int, figures: dict[str, float], size: float, *, masked: bool) -> list[dict[str, object]]:
    rows, reached = [], 0.0
    still = figures["mean"] - figures["posted"]
    for period in range(1, 14):
        posted = figures["posted"] / 12 if year == 2026 and period < 13 else np.nan
        expected = (still if period == 13 else 0.0) if year == 2026 else (still / 12 if period < 13 else 0.0)
        reached += np.nan_to_num(posted) + expected
        own = {"posted": posted, "expected": expected, "budget": figures["budget_revised"] / 12 * (period < 13),
               "last_year": size / 12.5,
               "cumulated_mean": reached, "cumulated_q10": reached * 0.99, "cumulated_q90": reached * 1.01}  # fmt: skip
        rows.append({"year": year, "period": period} | _hidden(own, masked=masked))
    return rows


def _steps(figures: dict[str, float]) -> dict[str, float]:
    change = figures["mean"] - figures["budget_revised"]
    parts = {"last_year": 0.2, "demography": 0.15, "uptake": 0.4, "mix": 0.0, "unit_cost": 0.3, "price_index": 0.1,
             "budget_events": -0.2, "one_offs": 0.0, "expected_new": 0.0, "expected_ended": 0.0,
             "other_years": 0.05, "outside_model": 0.0, "decided_not_in_data": 0.0, "adjusted": 0.0}  # fmt: skip
    steps = {step: change * part for step, part in parts.items()}
    return {"budget": figures["budget_revised"], **steps, "expected": figures["mean"]}


def earlier(months: tuple[int, ...] = (3, 6, 9)) -> list[tuple[str, dict[str, pd.DataFrame]]]:
    """Runs after earlier months of 2026: as the full example, with a lower expected result and less posted the earlier it was."""
    found = []
    for month in months:
        made = frames()
        result = made["year_result"]
        now = result["year"] == 2026
        share = month / 12
        left = result["posted"] * (1 - share)
        lower = -0.002 * (12 - month) * result["mean"]
        for name, change in (("posted", -left), ("ahead", left + lower), ("mean", lower), ("deviation_mean", lower)):
            result.loc[now, name] = result.loc[now, name] + change[now]
        table = made["year_result_months"]
        ahead = (table["year"] == 2026) & table["period"].between(month + 1, 12)
        table.loc[ahead, "expected"] = table.loc[ahead, "posted"] * 0.99
        table.loc[ahead, "posted"] = np.nan
        record = made["run_record"]
        record.loc[record["key"] == "cutoff", "value"] = json.dumps(f"2026-{month:02d}-01")
        found.append((f"run-2026{month + 1:02d}10T020000-0a1b2c", made))
    return found


def _bridge() -> pd.DataFrame:
    lines = {"service_year_reported": 250e6, "from_earlier_service_years": 5e6, "to_other_accounting_years": -4e6,
             "without_service_month": 1e6, "accounting_year_gross_authority": 252e6, "provider_and_income": -16e6,
             "accounting_year_ledger": 236e6}  # fmt: skip
    return _frame("bridge", [{"member": "50.54", "accounting_year": 2026, "line": k, "amount": v} for k, v in lines.items()])


def _drift(*, with_frames: bool) -> pd.DataFrame:
    by_age = {"demography": (-0.6, 0.3, 0.8, 1.1, 2.1), "uptake": (0.9, 0.4, 1.6, -0.3, 0.5), "mix": (0.1, 0.0, 0.2, 0.3, 0.1),
              "unit_cost": (0.8, 0.3, 1.2, 1.5, 0.4), "price_index": (2.3, 0.9, 2.6, 3.4, 0.8),
              "budget_events": (0.0, 0.0, -1.0, 0.0, 0.0)}  # fmt: skip
    if not with_frames:
        by_age = {"uptake": (), "unit_cost": ()}
    rows: list[dict[str, object]] = []
    periods = {"actual": ("2025-01/2025-12", "2026-01/2026-12"), "outlook": ("2026-01/2026-12", "2027-01/2027-12")}
    for scale, (comparison, (start, end)) in zip((1.0, 1.2), periods.items(), strict=True):
        for level, member, part in (("total", "total", 1.0), ("frame", "50.54", 0.75), ("frame", "30.46", 0.25)):
            if level == "frame" and not with_frames:
                continue
            key = {"comparison": comparison, "level": level, "member": member, "from_period": start, "to_period": end}
            first, change = 330e6 * part, 0.0
            for driver, ages in by_age.items():
                effects = [round(scale * part * 1e6 * value) for value in ages] or [round(4e6 * scale)]
                bands = AGES if ages else ("all",)
                for band, effect in zip(bands, effects, strict=True):
                    if ages:
                        rows.append(key | {"driver": driver, "age_band": band, "effect": effect} | _mask(masked=False))
                rows.append(key | {"driver": driver, "age_band": "all", "effect": sum(effects)} | _mask(masked=False))
                change += sum(effects)
            for driver, effect in (("start", first), ("end", first + change)):
                rows.append(key | {"driver": driver, "age_band": "all", "effect": effect} | _mask(masked=False))
    return _frame("drift", rows)


def _quality(*, with_frames: bool) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Three remade forecasts of every member: too low by as many per cent as years ahead, so that the last year wins nowhere.

    Foster families are the exception: there last year's level is nearer than the forecast.
    """
    horizons = {"1-3": (0.01, 9), "4-6": (0.012, 9), "7-12": (0.02, 18), "13-24": (0.03, 24), "25-36": (0.05, 12),
                "all": (0.025, 72)}  # fmt: skip
    scores, months = [], []
    for level, member, inside in members(with_frames=with_frames):
        masked = _is_masked(level, member)
        gross = 1e6 * sum(size for service, _, _, size, *_ in SERVICES if service in inside)
        key = {"source": "remade", "level": level, "member": member}
        for horizon, (miss, points) in horizons.items():
            lost = 0.8 if member == "plejefamilie" else 2.0
            for method, times in (("opdrift", 1.0), ("seasonal_naive", 1.9), ("last_year", lost)):
                off = miss * times
                figures = {"bias": -off * gross, "bias_share": -off, "mase": 30 * off, "wape": off, "pinball": 10 * off,
                           "coverage": 0.75 if method == "opdrift" else 0.4}  # fmt: skip
                row = key | {"measure": "gross_nominal", "horizon": horizon, "method": method, "n_origins": 3, "n_points": points}
                scores.append(row | _hidden(figures, masked=masked) | _mask(masked=masked))
        if level != "service" and with_frames:
            for method, off in (("opdrift", 0.011), ("last_year", 0.05), ("budget", 0.015)):
                figures = {"bias": -off * 12 * gross, "bias_share": -off, "mase": 20 * off, "wape": off}
                row = key | {"measure": "frame_result", "horizon": "year", "method": method, "n_origins": 3, "n_points": 3}
                scores.append(row | figures | _mask(masked=False))
        for cutoff in pd.date_range("2023-12-01", "2025-12-01", freq="12MS"):
            for month in pd.date_range(cutoff, CUTOFF, freq="MS")[1:]:
                ahead = (month.year - cutoff.year) * 12 + month.month - 12
                actual = gross * (1 + 0.03 * (month.year - 2024) + 0.01 * np.sin(month.month))
                mean = actual * (1 - 0.0009 * ahead)
                figures = {"actual": actual, "mean": mean, "q10": mean * (1 - 0.004 * ahead**0.5),
                           "q50": mean, "q90": mean * (1 + 0.004 * ahead**0.5)}  # fmt: skip
                row = key | {"cutoff": cutoff, "month": month}
                months.append(row | _hidden(figures, masked=masked) | _mask(masked=masked))
    return _frame("forecast_quality", scores), _frame("forecast_quality_months", months)


def _notices(*, with_frames: bool) -> pd.DataFrame:
    rows = [
        ("unverified_account", "forsorgshjem", "Kontoen er ikke bekræftet.", "The account is not verified."),
        ("granted_not_begun", "run", "Bevilget, men ikke begyndt: 26 sager.", "Granted but not begun: 26 cases."),
        ("age_bands_joined", "run", "Små aldersgrupper er lagt sammen i Forsorgshjem.", "Age groups are joined in Shelter."),
    ]
    if not with_frames:
        rows = [
            ("no_population", "run", "Der er ingen befolkningstal: demografi kan ikke vises.", "No population: no demography."),
            ("no_frames", "run", "Der er ingen rammer: afvigelse kan ikke vises.", "No frames: no deviation."),
        ]
    return pd.DataFrame(rows, columns=["notice_id", "member", "text_da", "text_en"])


def _data_tables(*, with_frames: bool) -> dict[str, pd.DataFrame]:
    files = [
        _file("a" * 64, "postings", "ledger_2026.csv", "used", 12_000, 11_950, 50, 0, 335e6, 334.2e6, 0.8e6, 0.0),
        _file("b" * 64, "cases", "cases_2026-12.csv", "used", 21_000, 20_988, 12, 0, None, None, None, None),
        _file("c" * 64, "cases", "cases_2026-11.csv", "superseded", 20_900, 0, 0, 20_900, None, None, None, None),
        _file("d" * 64, "postings", "ledger_2025 (kopi).csv", "refused", 0, 0, 0, 0, 0.0, 0.0, 0.0, 0.0,
              "truncated", "The last line is cut off. Where: ledger_2025 (kopi).csv. What to do: Export the file again."),
    ]  # fmt: skip
    rules = [
        ("C-01", "cases", "set_aside", "fagsystem", "Ydelsen er ukendt", "Unknown service", 20_988, 12, None),
        ("C-02", "postings", "set_aside", "økonomi", "Samme postering to gange", "The same posting twice", 12_000, 50, 0.8e6),
        ("C-08", "postings", "warning", "økonomi", "Sager og regnskab stemmer ikke", "Cases and ledger differ", 120, 3, 1.9e6),
        ("C-03", "cases", "set_aside", "fagsystem", "Slut før start", "End before start", 20_988, 0, None),
    ]
    rule_names = ["rule_id", "table_name", "severity", "owner", "text_da", "text_en", "rows_checked", "rows_failed",
                  "amount_failed"]  # fmt: skip
    rule_results = pd.DataFrame(rules, columns=rule_names).assign(passed=lambda table: table["rows_failed"] == 0)
    balance = [
        {"table_name": "postings", "rows_in": 12_000, "rows_used": 11_950, "rows_set_aside": 50, "amount_in": 335e6,
         "amount_used": 334.2e6, "amount_set_aside": 0.8e6},
        {"table_name": "cases", "rows_in": 21_000, "rows_used": 20_988, "rows_set_aside": 12},
    ]  # fmt: skip
    if not with_frames:
        files, balance = files[1:2], balance[1:]
    return {
        "input_files": _frame("input_files", files),
        "rule_results": _frame("rule_results", rule_results.to_dict("records")),
        "balance": _frame("balance", balance),
    }


def _file(sha: str, table: str, name: str, status: str, *figures: object) -> dict[str, object]:
    names = ("rows_in", "rows_used", "rows_set_aside", "rows_not_active", "amount_in", "amount_used", "amount_set_aside",
             "amount_not_active", "reason", "message")  # fmt: skip
    row = {"sha256": sha, "table_name": table, "file_name": name, "mapping": "opdrift", "status": status}
    return row | {"first_period": "2026-01", "last_period": "2026-12"} | dict(zip(names, figures, strict=False))


def _record(currency: str, price_level: str) -> pd.DataFrame:
    facts = {
        "run_id": (RUN_ID, True), "municipality": ("151", False), "cutoff": ("2026-12-01", False), "currency": (currency, False),
        "price_level": (price_level, False), "seed": (1, False), "n_draws": (500, False), "git_commit": ("0123abcd" * 5, True),
        "months": ({"first": "2025-01-01", "last": "2026-12-01", "count": 24}, False), "digest": ("e" * 64, False),
        "finished_at": ("2027-01-15T02:06:11+00:00", True), "input_state": ("f" * 64, False), "calibrated_months": (36, False),
        "version": ("0.1.0", True), "git_dirty": (False, True), "code_digest": ("9" * 64, True), "lock_digest": ("8" * 64, True),
        "input_hashes": (["a" * 64, "b" * 64], False), "settings": ({"min_citizens": 5, "max_top_share": 0.75}, False),
        "model_choice": ({"cutoff": "2026-12", "digest": "tfwd66p2xeyx"}, False), "model_choice_code": ("3 prophet-1.5.0", False),
        "refund_response": (MISSES, False),
        "price_index_to": (None if price_level == "nominal" else 2028, False),
        "widened": ({"services": [1.3, 1.2, 1.2, 1.25, 1.3], "sums": [1.0, 1.0, 1.1, 1.0, 1.0]}, False),
    }  # fmt: skip
    rows = [(key, json.dumps(value), volatile) for key, (value, volatile) in facts.items()]
    return pd.DataFrame(rows, columns=["key", "value", "volatile"])


def scenario_of(moves: dict[tuple[str, str], float] | None = None, *, variant: str = "main") -> Scenario:
    """Certain levers over the whole horizon: (kind, group) -> per cent; and a population variant."""
    levers = [
        Lever(lever_id=f"{kind}_{group}", kind=kind, group=group, value=value, low=value, high=value)
        for (kind, group), value in (moves or {}).items()
    ]
    chosen = variant_lever(variant)
    return Scenario.of([*levers, *([chosen] if chosen else [])])
