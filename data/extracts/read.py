"""Read every frame that the models need out of the ``used_<table>`` tables, for one municipality and up to one cutoff.

**Cutoff.** The last service month for which data are there. Postings: the newest accounting month (period 13 belongs to
December) holding at least a tenth of the median month's rows, so one stray posting ahead moves nothing. ``case_months``: the
newest month by the same rule. Where both are, the earlier of the two. Cases decide only where neither is: the newest month in
which something was recorded. Under ``as_of`` the cutoff is at most the last month that was over on that day.

**First month.** The first month of postings (or ``case_months``) by the same rule: service months before it are only partly in
the ledger. With cases alone, at most ten years before the cutoff.

Money stays DECIMAL in every sum and becomes a float only when it leaves here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pandas as pd

from data.errors import NoUsableInput, WrongUse
from data.extracts.adjustments import staff_adjustments
from data.extracts.commitments import say_what_commitments_lack
from data.extracts.granted import say_what_is_granted
from data.extracts.services import declare_services, settle_opening_days, settle_services
from data.extracts.statements import OLDEST, month_end, read_statement, run_statement
from data.extracts.volumes import lay_out_cases, read_volume
from data.frames import frame_of
from data.reference.opening_days import is_open
from data.reference.refund import load_refund
from data.warehouse import read_sql, scrubbed

if TYPE_CHECKING:
    import duckdb

    from data.reference.catalogue import Catalogue
    from data.settings import Settings

_LONGEST_CASE_HISTORY = 120
_MONTHS_COMMITTED = 24
_NOTICE_COLUMNS = ["notice_id", "member", "text_da", "text_en"]


@dataclass(frozen=True)
class Extracts:
    """What one municipality's validated tables say, ready for the models. Months and dates are first days.

    Attributes:
        cutoff: Last service month with data.
        first_month: First service month that the sources hold whole.
        currency: Currency of every amount.
        services: service, label_da, label_en, service_group, group_label_da, group_label_en, frame, frame_label, committee,
            price_unit, age_from, age_to (NaN where open), opening_days.
        volume: service, month, age (-1: not known), provider_type, volume (full-time citizens), units, list_cost_nominal.
        concentration: level, member, period_kind (month|year|trailing12|accounting_year), period (YYYY-MM, YYYY),
            age_band ('all' or a band), n_citizens, top_share (NaN: not known).
        triangle: service, payee_kind, known, service_month, posted_month, accounting_year, amount (authority gross).
        stays: service, person (a number without meaning), month, birth_month, start_month, recorded_month, runs_on (goes on after
            the month), is_granted (a later month: the first of a case that is granted and has not begun), volume, units,
            list_cost_nominal, household (0: not known), before_67, counted_nominal (of it what counts
            towards the central refund, one-off prices apart), own_nominal (less what the citizen pays). For the models' memory
            alone: never stored, shown or published.
        case_reports: service, month, lag (months from the service month to when the case was recorded; -1: not known), volume.
        payee_citizens: payee_kind, month (of posting), n_citizens, top_share; the 24 newest months.
        provider_triangle: provider (a number without meaning), payee_kind, service_month, posted_month, amount; providers
            with at least ``min_citizens`` citizens in the newest 12 months.
        provider_cost: provider, month, list_cost_nominal.
        provider_types: level, member, provider_type, period (last12, YYYY), n_citizens, top_share, cost, volume, and n_pairs,
            top_pair, paid_now, paid_before (the same citizens' price twelve months apart).
        provider_rates: level, member, provider_type, n_citizens, top_share, billed, agreed.
        providers: frame, is_pooled, provider_type, place, n_providers, n_citizens, top_share, cost.
        ledger: frame, service, accounting_year, service_month (NaT: not known), side, line, amount.
        ledger_periods: frame, service, accounting_year, accounting_period (1 to 13), side, line, ahead (paid before its service
            month), amount.
        population: date, age, persons.
        projection: variant, vintage, date, age, persons.
        price_index: year, vintage, kind, series, pct.
        budget: frame, service (missing: the frame's own), year, version, price_level, function_known, amount_dkk.
        budget_events: as the contract, for our municipality.
        adjustments: Staff's own coming events, columns of ``ADJUSTMENTS`` and entered_by (file|command).
        citizen_ratings: service, period, question, responses, score, scale_low, scale_high, source.
        hearing_answers: council, answered_on, subject, service, text, source.
        staff_estimates: frame, service (missing: the whole frame), year, follow_up_on, amount_dkk (nominal).
        commitment_months: service, month, committed, listed: of the 24 months ahead, cases that the case list knows.
        commitment_years: service, year, committed, listed, unmatched, each with its citizens and largest share, and n_apart,
            top_apart behind the difference.
        frames: frame, frame_label, committee, inside_service_ceiling.
        notices: notice_id, member, text_da, text_en.
    """

    cutoff: pd.Timestamp
    first_month: pd.Timestamp
    currency: str
    services: pd.DataFrame
    volume: pd.DataFrame
    concentration: pd.DataFrame
    triangle: pd.DataFrame
    stays: pd.DataFrame
    case_reports: pd.DataFrame
    payee_citizens: pd.DataFrame
    provider_triangle: pd.DataFrame
    provider_cost: pd.DataFrame
    provider_types: pd.DataFrame
    provider_rates: pd.DataFrame
    providers: pd.DataFrame
    ledger: pd.DataFrame
    ledger_periods: pd.DataFrame
    population: pd.DataFrame
    projection: pd.DataFrame
    price_index: pd.DataFrame
    budget: pd.DataFrame
    budget_events: pd.DataFrame
    adjustments: pd.DataFrame
    staff_estimates: pd.DataFrame
    citizen_ratings: pd.DataFrame
    hearing_answers: pd.DataFrame
    commitment_months: pd.DataFrame
    commitment_years: pd.DataFrame
    frames: pd.DataFrame
    notices: pd.DataFrame


def read_extracts(con: duckdb.DuckDBPyConnection, settings: Settings, catalogue: Catalogue) -> Extracts:
    """Read the drivers' frames.

    Args:
        con: Warehouse that holds a ``used_<table>`` for every input contract. Only temporary tables (``x_...``) are made.
        settings: Municipality, currency, ``as_of``.
        catalogue: Services, accounts, expense types, age bands.

    Returns:
        Frames for ``settings.municipality``, ordered by their keys.

    Raises:
        NoUsableInput: No postings, cases or summed months of the municipality are left.
        WrongUse: ``case_months`` hold several currencies.
        WarehouseFault: DuckDB refused a statement; its message, which may print a row, is dropped.
    """
    with scrubbed("warehouse.duckdb"):
        return _read(con, settings, catalogue)


def _read(con: duckdb.DuckDBPyConnection, settings: Settings, catalogue: Catalogue) -> Extracts:
    first_month, cutoff = _find_window(con, settings)
    known = {"municipality": settings.municipality, "cutoff": cutoff, "first_month": first_month}
    notices: list[tuple[str, str, str, str]] = []
    declare_services(con, catalogue)
    _declare_calendar(con, first_month, _months_before(cutoff, -_MONTHS_COMMITTED))
    run_statement(con, "codes", known)
    limits = {"min_citizens": settings.min_citizens, "max_top_share": settings.max_top_share}
    types = {"authority_types": list(catalogue.authority_expense_types), "provider_types": list(catalogue.provider_expense_types)}
    run_statement(con, "postings", {**known, **types})
    lay_out_cases(con, known, cutoff)
    settle_opening_days(con, lambda: run_statement(con, "priced", {}), notices)
    volume = read_volume(con, known)
    triangle = read_statement(con, "triangle", known)
    services = settle_services(con, settings, catalogue, _present(volume, triangle, first_month), notices)
    run_statement(con, "person_cost", known)
    run_statement(con, "provider_bills", {**known, **limits})
    run_statement(con, "commitments", {**known, "are_of_their_day": settings.as_of is None})
    concentration = pd.concat(
        [read_statement(con, "concentration", known), read_statement(con, "concentration_months", known)], ignore_index=True
    ).drop_duplicates(["level", "member", "period_kind", "period", "age_band"], ignore_index=True)
    _say_what_was_assumed(con, settings, notices)
    say_what_is_granted(con, settings, month_end(cutoff), notices)
    say_what_commitments_lack(con, settings, notices)
    return Extracts(
        cutoff=pd.Timestamp(cutoff),
        first_month=pd.Timestamp(first_month),
        currency=_currency(con, settings),
        services=services,
        volume=volume,
        concentration=concentration,
        triangle=triangle,
        stays=read_statement(con, "stays", {**known, "objective_services": list(load_refund().objective_services(catalogue))}),
        case_reports=read_statement(con, "case_reports", known),
        payee_citizens=read_statement(con, "payee_citizens", known),
        provider_triangle=read_statement(con, "provider_triangle", known),
        provider_cost=read_statement(con, "provider_cost", known),
        provider_types=read_statement(con, "provider_types", known),
        provider_rates=read_statement(con, "provider_rates", known),
        providers=read_statement(con, "providers", {**known, **limits}),
        ledger=read_statement(con, "ledger", known),
        ledger_periods=read_statement(con, "ledger_periods", known),
        population=_people(con, "used_population", "", cutoff, settings),
        projection=_people(con, "used_population_projection", "variant, vintage, ", None, settings),
        price_index=frame_of(con.execute("SELECT year, vintage, kind, series, pct FROM used_price_index ORDER BY ALL")),
        budget=read_statement(con, "budget", {"municipality": settings.municipality}),
        budget_events=read_statement(con, "budget_events", {"municipality": settings.municipality}),
        adjustments=staff_adjustments(con, settings),
        staff_estimates=read_statement(con, "staff_estimates", {"municipality": settings.municipality}),
        citizen_ratings=read_statement(con, "citizen_ratings", {"municipality": settings.municipality}),
        hearing_answers=read_statement(con, "hearing_answers", {"municipality": settings.municipality}),
        commitment_months=read_statement(con, "commitment_months", {}),
        commitment_years=read_statement(con, "commitment_years", {}),
        frames=read_statement(con, "frames", known),
        notices=pd.DataFrame(notices, columns=_NOTICE_COLUMNS),
    )


def _months_before(month: date, months: int) -> date:
    years, index = divmod(month.year * 12 + month.month - 1 - months, 12)
    return date(years, index + 1, 1)


def _find_window(con: duckdb.DuckDBPyConnection, settings: Settings) -> tuple[date, date]:
    bound = date(2060, 12, 1)
    if settings.as_of is not None:
        month = settings.as_of.replace(day=1)
        bound = month if settings.as_of == month_end(month) else _months_before(month, 1)
    sql = read_sql("extracts/cutoff")
    values: dict[str, object] = {"municipality": settings.municipality, "bound": bound}
    held = {source: (first, last) for source, first, last in con.execute(sql, values).fetchall() if last is not None}
    if not held:
        what = f"No posting, case or summed month of municipality {settings.municipality} is left"
        why = "A forecast needs at least one of them"
        hidden = f", or --as-of {settings.as_of}, which hides all that is later" if settings.as_of else ""
        remedy = f"Check the setting 'municipality'{hidden}"
        raise NoUsableInput(what, where="used_postings, used_cases, used_case_months", why=why, remedy=remedy)
    if set(held) == {"cases"}:
        first, last = held["cases"]
        start = con.execute(
            "SELECT min(date_trunc('month', start_date))::DATE FROM used_cases WHERE paying_municipality = ?",
            [settings.municipality],
        ).fetchall()[0][0]
        return max(start or first, _months_before(last, _LONGEST_CASE_HISTORY - 1)), last
    summed = [held[source] for source in ("postings", "case_months") if source in held]
    return min(first for first, _ in summed), min(last for _, last in summed)


def _declare_calendar(con: duckdb.DuckDBPyConnection, first_month: date, last_month: date) -> None:
    days = [first_month + timedelta(days=count) for count in range((month_end(last_month) - first_month).days + 1)]
    calendar = pd.DataFrame({"day": days, "is_open": [int(is_open(day)) for day in days]})
    calendar["open_days_to_date"] = calendar["is_open"].cumsum()
    con.register("x_calendar_frame", calendar)
    con.execute(
        "CREATE OR REPLACE TEMP TABLE x_calendar AS SELECT day::DATE AS day, is_open, open_days_to_date FROM x_calendar_frame"
    )
    con.unregister("x_calendar_frame")


def _people(con: duckdb.DuckDBPyConnection, table: str, keys: str, cutoff: date | None, settings: Settings) -> pd.DataFrame:
    """Persons on 1 January; counts reach the day after the cutoff month at the latest."""
    sql = read_sql("extracts/people").format(table=table, keys=f"{keys}date, ")
    people = frame_of(con.execute(sql, {"municipality": settings.municipality, "oldest": OLDEST}))
    first_days = people[(people["date"].dt.month == 1) & (people["date"].dt.day == 1)]
    if cutoff is not None:
        first_days = first_days[first_days["date"] <= pd.Timestamp(month_end(cutoff) + timedelta(days=1))]
    return first_days.reset_index(drop=True)


def _present(volume: pd.DataFrame, triangle: pd.DataFrame, first_month: date) -> list[str]:
    booked = triangle[triangle["service_month"] >= pd.Timestamp(first_month)]
    return sorted(set(volume["service"]) | set(booked["service"]))


def _currency(con: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    rows = con.execute(
        "SELECT DISTINCT currency FROM used_case_months WHERE municipality = ? AND currency IS NOT NULL ORDER BY 1",
        [settings.municipality],
    ).fetchall()
    if len(rows) > 1:
        what = f"case_months hold {len(rows)} currencies"
        raise WrongUse(what, where="used_case_months.currency", why="Amounts are added", remedy="Convert them in the mapping")
    return str(rows[0][0]) if rows else settings.currency


def _say_what_was_assumed(con: duckdb.DuckDBPyConnection, settings: Settings, notices: list[tuple[str, str, str, str]]) -> None:
    for service, rows in con.execute(
        "SELECT service, count(*) FROM x_priced WHERE hours_assumed GROUP BY service ORDER BY service"
    ).fetchall():
        notices.append(
            (
                "hours_assumed",
                service,
                f"{rows} sagsmåneder mangler timer pr. uge; ydelsens median er brugt.",
                f"{rows} case months lack hours per week; the service's median is used.",
            )
        )
    summed = con.execute(
        "SELECT count(*), count(n_citizens), count(top_share), count(cost) FROM used_case_months WHERE municipality = ?",
        [settings.municipality],
    ).fetchall()[0]
    if summed[0] > summed[1]:
        notices.append(
            (
                "volume_for_citizens",
                "case_months",
                "Kilden oplyser ikke antal borgere; mængden står i stedet.",
                "The source doesn't give the number of citizens; volume stands in.",
            )
        )
    if summed[0] > summed[2]:
        notices.append(
            (
                "dominance_unknown",
                "case_months",
                "Kilden oplyser ikke den største borgers andel; om én borger fylder det meste, vides ikke.",
                "The source doesn't give the largest citizen's share; whether one citizen dominates is not known.",
            )
        )
    if summed[0] > summed[3]:
        notices.append(
            (
                "cost_missing",
                "case_months",
                f"{summed[0] - summed[3]} rækker mangler udgift og tæller 0 kr.",
                f"{summed[0] - summed[3]} rows lack cost and count as 0.",
            )
        )
