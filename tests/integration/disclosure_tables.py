"""What the attacker makes of the tables that are no sums of services by themselves: the radar, kinds of provider, refund cells.

And what of every published table is in the attack, and why the rest is not (``IN_EQUATIONS``, ``OUTSIDE_EQUATIONS``).
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from data.schema.published_providers import JOINED
from models.secondary import Limits

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from disclosure_attacker import Equations, Variable

    Amounts = Mapping[tuple[str, str, str], float]

ADDITIVE = {
    "forecast_months": ("mean",),
    "forecast_years": ("mean",),
    "actual_years": ("gross",),
    "year_result": (
        "posted", "late", "committed", "expected_new", "expected_ended", "ahead", "decided_not_in_data", "adjusted",
        "outside_model", "mean",
    ),
    "year_result_months": ("posted", "last_year", "expected", "cumulated_mean"),
    "year_bridge": ("effect",),
    "forecast_quality": ("bias",),
    "drift": ("effect",),
    "forecast_quality_months": ("actual", "mean"),
    "known_months": ("open_at_cutoff", "still_here", "new", "moved_here"),
}  # fmt: skip
"""Columns of which a sum is the sum of its services, apart from what lies outside the model."""
BY_SERVICE = {
    "actual_months": ("gross_ultimate_nominal", "gross_reported_nominal", "volume"),
    "accounting_fixed": ("posted", "ibnr_mean"),
    "commitment_differences": ("committed", "case_list", "unmatched"),
}
BY_FRAME = {
    "refund_years": ("gross", "central_refund", "half_refund", "net_of_central", "net", "posted_refund"),
    "refund_tiers": ("refund",),
    "refund_ahead": ("gross_mean", "central_refund_mean", "net_of_central_mean", "half_refund_mean", "net_mean"),
}
OUTSIDE = {
    "year_result": {"posted", "ahead", "decided_not_in_data", "adjusted", "outside_model", "mean"},
    "year_result_months": {"posted", "last_year", "expected", "cumulated_mean"},
    "year_bridge": {"effect"},
}
"""Sums that also hold what no service explains; how much is said for the year, not for its periods."""
SIGNED = {
    "effect", "ibnr_mean", "late", "unmatched", "decided_not_in_data", "adjusted", "outside_model", "expected", "bias",
}  # fmt: skip
_LINES = ("posted", "late", "committed", "expected_new", "ahead", "decided_not_in_data", "adjusted", "outside_model")
_TAKEN = ("expected_ended",)
RADAR = ("expected", "yearly_cost_real")
FEW = Limits(5, 0.75)
SHARES = {"cost_share": "cost", "volume_share": "volume"}
_OWN = "of the member's own sum of draws or postings: alike in both worlds of `without_twin`"
_SERVER = "never leaves the server (docs/security.md, Not promised)"
_COUNT = "a count is shown from the threshold on (`small_counts`), and counts of citizens do not add up"
_FILES = "totals of whole files; those of few rows are told by tests/unit/models/test_view_few_rows.py"
_SAID = "what staff or the council decided: public, and no figure of the run"
_SHOWN = "of services that are shown by the month, alone (`answers_of_hidden`); in scenarios by scenario_worlds.py"
_OUTSIDE = "own institutions, income and accounts without a service: no citizen's"
_SPREAD = "of the prices of a service's newest entrants, five at least, or of everybody's"
_RULES = "of the law or the population: no citizen's"
_RATIO = "of one cell; who stands behind it is judged with all that would give it back (tests/property/test_provider_attack.py)"
_ROLLED = ("still_here_q10", "still_here_q90")
_QUANTILES = ("q10", "q50", "q90")
_DEVIATION = ("deviation_mean", "deviation_q10", "deviation_q90", "probability_over")

IN_EQUATIONS: dict[str, tuple[str, ...]] = {
    "transition_radar": ("reaching", *RADAR),
    "transition_leaving": RADAR,
    "provider_types": ("cost_share", "volume_share"),
    "provider_shares": ("cost_share",),
    "cost_concentration": ("cost_share", "n_top"),
    "refund_marginal": ("volume_share",),
    "refund_response": ("refund",),
    "frame_outlook": ("mean", "outside_model", "decided_not_in_data"),
}
"""Beside ``ADDITIVE``, ``BY_SERVICE`` and ``BY_FRAME`` of disclosure_attacker.py: columns that its equations hold."""

OUTSIDE_EQUATIONS: dict[str, dict[tuple[str, ...], str]] = {
    "input_files": {("rows_in", "rows_used", "rows_set_aside", "rows_not_active", "amount_in", "amount_used", "amount_set_aside",
                     "amount_not_active"): _FILES},
    "rule_results": {("rows_checked", "rows_failed", "amount_failed"): _FILES},
    "balance": {("rows_in", "rows_used", "rows_set_aside", "amount_in", "amount_used", "amount_set_aside"): _FILES},
    "services": {("history_months",): "how long a service has been there: no amount"},
    "actual_months": {("exposure", "uptake_ratio", "unit_cost_real"): "of one service: hidden with its volume and amount"},
    "forecast_months": {_QUANTILES: _OWN},
    "known_months": {_ROLLED: _OWN, ("ended",): "open_at_cutoff less still_here, both in the equations; never below 0"},
    "transition_radar": {("yearly_cost_q10_real", "yearly_cost_q90_real"): _SPREAD},
    "transition_leaving": {("yearly_cost_q10_real", "yearly_cost_q90_real"): _SPREAD},
    "stay_response": {("change",): _SHOWN},
    "age_shares": {("volume_share", "cost_share"): _SHOWN},
    "forecast_years": {_QUANTILES: _OWN},
    "draws": {("gross_nominal", "volume", "price_factor"): _SERVER},
    "uniforms": {("uniform",): _SERVER},
    "variant_factors": {("factor",): _SERVER},
    "accounting_weights": {("weight",): _SERVER},
    "frame_outlook": {(*_QUANTILES, *_DEVIATION): _OWN, ("budget_original", "budget_revised", "adjusted"): _SAID},
    "year_result": {
        (*_QUANTILES, *_DEVIATION, "budget_change_proposed", "budget_proposed",
         "probability_over_unadjusted", "reserve_80"): _OWN,
        ("budget_original", "budget_carried_over", "budget_revised"): _SAID,
        ("posted_outside_model",): _OUTSIDE, ("price_factor",): _RULES,
    },
    "year_result_months": {("cumulated_q10", "cumulated_q90"): _OWN, ("budget",): _SAID},
    "year_result_spread": {("deviation",): _OWN},
    "commitment_differences": {("difference",): "committed less case_list, both in the equations"},
    "staff_adjustments": {("amount_dkk", "change_pct", "moves"): "what staff wrote; in kroner wherever it would tell a hidden "
                          "forecast (tests/unit/models/test_adjustments.py)"},
    "staff_estimates": {("staff", "staff_error"): _SAID,
                        ("ours", "ours_q10", "ours_q90", "ours_error", "actual"): _OWN},
    "forecast_quality": {("n_origins", "n_points"): "how many forecasts: no amount",
                         ("bias_share", "mase", "wape", "pinball", "coverage"): _OWN},
    "forecast_quality_months": {_QUANTILES: _OWN},
    "bridge": {("amount",): "of a frame's own postings, as _OWN; nothing adds frames up"},
    "provider_years": {("amount",): _OUTSIDE + "; hidden with a frame's own places (tests/unit/models/test_providers.py)"},
    "provider_types": {("price_per_year", "price_growth", "index_growth", "above_index", "billed_per_agreed"): _RATIO},
    "provider_shares": {("n_providers",): "providers, not citizens"},
    "refund_tiers": {("refund_pct", "own_pct", "above_dkk", "above_children_dkk"): _RULES},
    "refund_marginal": {("price_share", "price_error", "volume_error"): "of volume_share's services, which the equations hold: a "
                        "frame's hidden ones are two at least and of enough citizens (tests/unit/models/test_refund.py)"},
    "refund_ahead": {("gross_q10", "gross_q90", "central_refund_q10", "central_refund_q90", "net_of_central_q10",
                      "net_of_central_q90"): _OWN},
    "refund_response": {("refund_of_having",): "of the same cells as refund, which the equations hold; in scenarios by "
                        "scenario_worlds.py"},
    "refund_thresholds": {("above_dkk", "refund_pct"): _RULES},
    "completion_development": {("actual", "expected", "standard_error", "z"): "of kinds of payee, hidden alike in every month, "
                               "two or more with citizens enough (tests/unit/models/test_drivers_speed.py)"},
    "population_years": {("persons",): _RULES},
    "model_choice": {("width_1", "width_12", "width_24", "width_36"): "of a group of services"},
    "citizen_ratings": {("responses", "score_pct"): "answers to a survey: hidden where few, and nothing adds them up"},
}  # fmt: skip
"""Table -> numeric columns -> why no equation holds them. ``n_citizens`` and ``top_share`` everywhere: ``EVERYWHERE``."""
EVERYWHERE = {"n_citizens": _COUNT, "top_share": "never shown: pages, downloads and reports leave it out (decision 0007)"}


def radar(system: Equations, table: pd.DataFrame, number: int, *, side: str = "to_service") -> None:
    """Services add up to all, and quarters to their year; who reaches an age is counted once in its quarter and year.

    Both sides (``side``: ``from_service`` is that of services left) tell one sum between two committees.
    """

    def cell(column: str, *keys: object) -> Variable:
        own = "" if column == "expected" and keys[-1] == "all" else side
        return ("cell", number, "transition_radar", column, own, *keys)

    for row in table.rename(columns={side: "one"}).itertuples(index=False):
        keys = (row.age, row.from_committee, row.to_committee)
        for column in RADAR:
            _told(system, cell(column, *keys, row.period, row.one), row, getattr(row, column))
        if row.one == "all" and side == "to_service":
            _told(system, cell("reaching", *keys[:2], "", row.period, "all"), row, row.reaching)
    for keys, part in table.groupby(["age", "from_committee", "to_committee"]):
        years = part[~part["period"].str.contains("Q")]
        for year, own in years.groupby("period"):
            quarters = [period for period in part["period"].unique() if str(period).startswith(f"{year}-Q")]
            into = [service for service in own[side] if service != "all"]
            for column in RADAR:
                whole = cell(column, *keys, year, "all")
                system.told({whole: -1.0} | {cell(column, *keys, year, one): 1.0 for one in into}, 0.0, 1e-6)
                if quarters:
                    inside = {cell(column, *keys, quarter, "all"): 1.0 for quarter in quarters}
                    system.told({whole: -1.0} | inside, 0.0, 1e-6)
            counts = {cell("reaching", *keys[:2], "", quarter, "all"): 1.0 for quarter in quarters}
            if counts and side == "to_service":
                system.told({cell("reaching", *keys[:2], "", year, "all"): -1.0} | counts, 0.0, 1e-6)


def _told(system: Equations, cell: Variable, row: object, value: object) -> None:
    if row.mask == "" and not pd.isna(value):
        system.told({cell: 1.0}, float(value))
    elif row.mask != "":
        system.hidden.add(cell)
        system.primary |= {cell} if row.mask == "primary" else set()


def kinds_of_provider(
    system: Equations,
    tables: Mapping[str, pd.DataFrame],
    number: int,
    inside: Mapping[tuple[str, str], list[str]],
    truth: pd.DataFrame,
) -> None:
    """Shares of a member's kinds are of its total, which the attacker knows of every member that is shown by year.

    Whole years before the last are the same in every run. Kinds that one row holds together: those of few citizens in any
    period are suppressed, the others are not, as their sum is shown.

    Args:
        system: Filled.
        tables: Of the run.
        number: Of the run.
        inside: (level, member) -> its services.
        truth: DRIVER_KINDS of the run: what a member's kinds add up to, which there are, and which are of few.
    """
    cells = lists_of(truth)
    small = truth[FEW.hides(truth["n_citizens"].astype(float), truth["top_share"].astype(float))]
    few = set(zip(small["level"], small["member"], small["provider_type"], strict=True))
    years, types = tables["actual_years"], tables["provider_types"]
    masked = set(zip(years.loc[years["mask"] != "", "level"], years.loc[years["mask"] != "", "member"], strict=True))
    newest = pd.to_datetime(tables["actual_months"]["month"]).max().year
    settled = {period for period in types["period"].unique() if period != "last12" and int(period) < newest - 1}
    run = {period: "settled" if period in settled else number for period in types["period"].unique()}
    there = defaultdict(set)
    for row in truth[truth["level"] == "service"].itertuples(index=False):
        there[row.period, row.provider_type].add(row.member)
    for column, word in SHARES.items():
        for node, services in inside.items():
            for period in types["period"].unique() if node not in masked else ():
                kinds = [(key, kind) for (at, kind), found in there.items() if at == period for key in services if key in found]
                whole = sum(cells.get((key, period, word), 0.0) for key in services)
                if kinds and whole > 0:
                    system.told({_kind(run[period], column, *each, period): 1.0 for each in kinds}, whole, 0.002 * whole)
        for row in types.itertuples(index=False):
            services = inside[row.level, row.member]
            whole = sum(cells.get((key, row.period, word), 0.0) for key in services)
            found = {}
            for kind in row.provider_type.split(JOINED):
                there_are = [key for key in services if key in there[row.period, kind]]
                parts = dict.fromkeys((_kind(run[row.period], column, key, kind, row.period) for key in there_are), 1.0)
                cell = _kind(run[row.period], column, f"{row.level} {row.member}", kind, row.period)
                if row.level == "service" and parts:
                    (cell,) = parts
                elif parts:
                    system.told({cell: -1.0, **parts}, 0.0, 1e-6 * max(whole, 1.0))
                found |= {cell: kind} if parts else {}
            share = getattr(row, column)
            if row.mask == "" and not pd.isna(share) and (row.level, row.member) not in masked:
                system.told(dict.fromkeys(found, 1.0), float(share) * whole, 0.002 * max(float(share) * whole, 1e-9))
            _suppressed(system, row, found, few)
    _named_providers(system, tables["provider_shares"], number, inside, cells, masked)


def _suppressed(system: Equations, row: object, cells: Mapping[Variable, str], few: set[tuple[str, str, str]]) -> None:
    """A hidden row's cells; of several in one row those of few."""
    secret = {cell for cell, kind in cells.items() if (row.level, row.member, kind) in few}
    if row.mask != "":
        system.hidden |= cells.keys()
        system.primary |= cells.keys() if row.mask == "primary" else set()
    elif JOINED in row.provider_type:
        system.hidden |= secret
        system.primary |= secret
        system.joined |= cells.keys() - secret


def lists_of(kinds: pd.DataFrame) -> Amounts:
    """(service, period, "cost" or "volume") -> what its kinds of provider add up to, from DRIVER_KINDS."""
    sums = kinds[kinds["level"] == "service"].groupby(["member", "period"])[["cost", "volume"]].sum()
    return {(*key, word): float(value) for word in ("cost", "volume") for key, value in sums[word].items()}


def _named_providers(
    system: Equations,
    table: pd.DataFrame,
    number: int,
    inside: Mapping[tuple[str, str], list[str]],
    cells: Amounts,
    masked: set[tuple[str, str]],
) -> None:
    """A frame's named providers of a kind, and its part of the small ones, are the kind."""
    for frame, part in table[table["mask"] == ""].groupby("frame"):
        if ("frame", frame) in masked:
            continue
        whole = sum(cells.get((key, "last12", "cost"), 0.0) for key in inside["frame", frame])
        named = part[~part["provider_type"].isin(["pooled", "unnamed"])].groupby("provider_type")["cost_share"].sum()
        pools = {}
        for kind in ("own", "municipality", "region", "private"):
            cell = _kind(number, "cost_share", f"frame {frame}", kind, "last12")
            pools[("pool", number, frame, kind)] = 1.0
            if (part["provider_type"] == "unnamed").any():
                continue  # some cases name no provider: what is named is less than the kind
            system.told({cell: -1.0, ("pool", number, frame, kind): 1.0}, -float(named.get(kind, 0.0)) * whole, 0.004 * whole)
        pooled = float(part.loc[part["provider_type"] == "pooled", "cost_share"].sum())
        if not (part["provider_type"] == "unnamed").any():
            system.told(pools, pooled * whole, 0.004 * whole)


def _kind(number: object, column: str, leaf: str, *keys: object) -> Variable:
    return ("cell", number, "provider_types", column, leaf, *keys)


def refund_cells(system: Equations, tables: Mapping[str, pd.DataFrame], number: int) -> None:
    """A frame's cells add up to its refund ahead, and a cell of thin services is their sum."""
    response, ahead = tables["refund_response"], tables["refund_ahead"]
    if response.empty:
        return
    rows = response.drop_duplicates(["cell", "month"])
    by_frame = defaultdict(dict)
    for row in rows.itertuples(index=False):
        cell = ("cell", number, "refund_response", "refund", row.cell, row.month)
        _told(system, cell, row, row.refund)
        by_frame[row.frame, row.month.year][cell] = 1.0
        if row.cell.startswith("thin:"):
            inside = {("cell", number, "refund_response", "refund", key, row.month): 1.0 for key in row.services.split()}
            system.told({cell: -1.0, **inside}, 0.0, 1e-6)
            system.hidden |= set(inside)
    whole = ahead[(ahead["level"] == "frame") & (ahead["basis"] == "service_year") & (ahead["mask"] == "")]
    months = rows.groupby(["frame", rows["month"].dt.year])["month"].nunique()
    for row in whole.itertuples(index=False):
        if months.get((row.member, row.year), 0) == 12:
            system.told(
                by_frame[row.member, row.year], float(row.central_refund_mean), 0.01 * abs(row.central_refund_mean) + 12.0
            )


def refund_lost(
    system: Equations, tables: Mapping[str, pd.DataFrame], number: int, inside: Mapping[tuple[str, str], list[str]]
) -> None:
    """What is lost without a service is its share of its cost, and where citizens have one service these are the frame's refund.

    The attacker takes it that they have: the hidden services' are what the frame's refund less the shown ones' leaves. Where the
    shown ones come to more, as they do where citizens have several services, nothing is left to tell.
    """
    marginal, refund, years = tables["refund_marginal"], tables["refund_years"], tables["actual_years"]
    whole = years[(years["basis"] == "service_year") & (years["price_level"] == "nominal") & (years["level"] == "service")]
    gross = {(row.member, row.year): row.gross for row in whole[whole["mask"] == ""].itertuples(index=False)}
    ends = sorted(set(marginal["to_period"].astype(str)) if len(marginal) else ())
    for year in (int(end[:4]) for end in ends if end.endswith("-12")):
        lost = {}
        for row in marginal[marginal["to_period"].astype(str) == f"{year}-12"].itertuples(index=False):
            cell = lost[row.service] = ("cell", number, "refund_marginal", "volume_share", row.service, year)
            known = row.mask == "" and not pd.isna(row.volume_share) and (row.service, year) in gross
            if known:
                system.told({cell: 1.0}, float(row.volume_share) * float(gross[row.service, year]))
            elif row.mask != "":
                system.hidden.add(cell)
        shown = (refund["level"] == "frame") & (refund["basis"] == "service_year") & (refund["mask"] == "")
        for row in refund[shown & (refund["year"] == year)].itertuples(index=False):
            mine = [lost[key] for key in inside["frame", row.member] if key in lost]
            rest = float(row.central_refund) - sum(system.known.get(cell, 0.0) for cell in mine)
            if rest > 0.0:
                system.told({cell: 1.0 for cell in mine if cell not in system.known}, rest, 1.0)


def outlook(
    system: Equations, tables: Mapping[str, pd.DataFrame], number: int, inside: Mapping[tuple[str, str], list[str]]
) -> None:
    """A frame's outlook is its services' accounting year, what lies outside the model and what is decided."""
    for row in tables["frame_outlook"].itertuples(index=False):
        if row.mask == "" and not pd.isna(row.mean):
            keys = (row.year, "accounting_year", row.price_level, "main")
            parts = {("cell", number, "forecast_years", "mean", key, *keys): 1.0 for key in inside[row.level, row.member]}
            value = float(row.mean) - float(row.outside_model) - float(row.decided_not_in_data)
            system.told(parts, value, 0.01 * len(parts))
    years = tables["forecast_years"]
    booked = years[(years["basis"] == "accounting_year") & (years["price_level"] == "nominal") & (years["variant"] == "main")]
    for row in booked[booked["level"] == "service"].itertuples(index=False):
        keys = (row.year, "accounting_year", "nominal", "main")
        year = ("cell", number, "forecast_years", "mean", row.member, *keys)
        lines = {name: ("cell", number, "year_result", name, row.member, row.year) for name in ("mean", *_LINES, *_TAKEN)}
        decided = {lines["decided_not_in_data"]: 1.0, lines["adjusted"]: 1.0}
        system.told({lines["mean"]: -1.0, year: 1.0, **decided}, 0.0, 1.0)
        signs = {lines[name]: 1.0 for name in _LINES} | {lines[name]: -1.0 for name in _TAKEN}
        system.told({lines["mean"]: -1.0, **signs}, 0.0, 1.0)
        if row.mask == "":
            system.hidden.discard(lines["mean"])  # the whole year is told in the tables of years


def points_told(table: pd.DataFrame, within: float) -> list[tuple[str, str, int]]:
    """Hidden points of the share curve that lie within a share of one value: costs fall from one citizen to the next."""
    found = []
    for (level, member), part in table.groupby(["level", "member"]):
        shown = part[part["mask"] == ""].sort_values("top_pct")
        if shown.empty:
            continue
        count = int(shown["n_citizens"].iloc[0])
        at = np.array([0, *shown["n_top"].astype(int), count])
        sums = np.array([0.0, *shown["cost_share"].astype(float), 1.0])
        slope = np.diff(sums) / np.diff(at)
        for point in part.loc[part["mask"] != "", "top_pct"]:
            top = int(np.ceil(count * point / 100.0))
            place = int(np.searchsorted(at, top, side="right")) - 1
            beyond = slope[place + 1] if place + 1 < len(slope) else 0.0
            low = sums[place] + slope[place] * (top - at[place])
            high = sums[place + 1] - beyond * (at[place + 1] - top)
            high = min(high, sums[place] + slope[place - 1] * (top - at[place])) if place else high
            if top not in at and place == 0 and high * (1.0 - within) <= low * (1.0 + within):
                found.append((str(level), str(member), int(point)))
    return found


def read_off(tables: Mapping[str, pd.DataFrame]) -> dict[str, tuple[int, int]]:
    """How often a frame's median less its shown services' is a hidden service's to 10 %, and the mean alike: (hits, tried).

    Both are the hidden group's; a hit is a service that is most of its group, which nobody outside can know.
    """
    months, frame_of = tables["forecast_months"], tables["services"].set_index("service")["frame"].astype(str)
    gross = months[months["measure"] == "gross_nominal"]
    frames = gross[(gross["level"] == "frame") & (gross["mask"] == "")].set_index(["member", "month"])
    services = gross[gross["level"] == "service"]
    services = services.assign(frame=services["member"].map(frame_of))
    shown = services[services["mask"] == ""].groupby(["frame", "month"])[["mean", "q50"]].sum()
    hidden = services[(services["mask"] != "") & services["frame"].isin(frames.index.get_level_values(0))]
    drawn = tables["draws"].set_index(["service", "month"])["gross_nominal"]
    hits, tried = {"mean": 0, "q50": 0}, 0
    for row in hidden.itertuples(index=False):
        own = np.asarray(drawn[row.member, row.month])
        tried += 1
        for column, truth in (("mean", own.mean()), ("q50", np.median(own))):
            known = shown[column].get((row.frame, row.month), 0.0)
            hits[column] += abs(float(frames.loc[(row.frame, row.month), column]) - known - truth) <= 0.1 * abs(truth)
    return {column: (int(found), tried) for column, found in hits.items()}


def without_twin(tables: Mapping[str, pd.DataFrame]) -> Iterator[tuple[str, str]]:
    """Hidden services, by year or month, that no other hidden service shares every shown sum with.

    A krone moved from a hidden service to its twin, in any month, draw or posting, leaves every shown member's own sum as it
    is, and so what is worked out from it: quantiles, probabilities, percentiles, errors of earlier forecasts, deviations.
    """
    services = tables["services"].set_index("service")
    for name in ("forecast_years", "forecast_months"):
        table = tables[name]
        hidden = set(zip(table.loc[table["mask"] != "", "level"], table.loc[table["mask"] != "", "member"], strict=True))
        sums = {
            str(key): frozenset({("frame", str(row["frame"])), ("committee", str(row["committee"])), ("total", "total")} - hidden)
            for key, row in services.iterrows()
            if ("service", key) in hidden
        }
        for key, mine in sums.items():
            if mine and not any(other != key and theirs == mine for other, theirs in sums.items()):
                yield name, key


__all__ = [
    "ADDITIVE",
    "BY_FRAME",
    "BY_SERVICE",
    "EVERYWHERE",
    "IN_EQUATIONS",
    "OUTSIDE",
    "OUTSIDE_EQUATIONS",
    "SIGNED",
    "kinds_of_provider",
    "outlook",
    "points_told",
    "radar",
    "read_off",
    "refund_cells",
    "refund_lost",
    "without_twin",
]
