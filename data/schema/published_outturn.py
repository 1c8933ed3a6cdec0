"""Contracts of the year's result: what a budget follow-up (budgetopfølgning) reports. All amounts are nominal."""

from __future__ import annotations

from data.schema.column import Column, Kind, Table
from data.schema.published_columns import INTERVAL, LEVELS, MASK, code, dkk, figure, whole

YEAR_RESULT = Table(
    name="year_result",
    grain="one level, member, open year: posted + late + committed + new - ended + ahead + decided + adjusted + outside = mean",
    owner="opdrift",
    columns=(
        code("level", key=True, allowed=LEVELS),
        code("member", key=True, meaning="Service, frame, committee, or 'total'"),
        whole("year", "accounting year", key=True),
        dkk("budget_original", "DKK, nominal; a budget in fixed prices is brought to the year's"),
        dkk("budget_carried_over", "DKK, nominal: of the revised budget, carried over from the year before"),
        dkk("budget_revised", "DKK, nominal: newest revision and carried over; empty where a frame of the member has none"),
        dkk("budget_change_proposed", "DKK, nominal: proposed less revised budget"),
        dkk("budget_proposed", "DKK, nominal: the budget that holds the expected result"),
        dkk("posted", "DKK, nominal: the ledger to date, own institutions and income included, state refund apart"),
        dkk("posted_outside_model", "DKK, nominal: of posted, what no service of the run explains"),
        dkk("late", "DKK, nominal: late invoices still expected of months already past"),
        dkk("committed", "DKK, nominal: months ahead, known citizens as they stand; empty without a roll-forward"),
        dkk("expected_new", "DKK, nominal: months ahead, citizens not known yet; empty without a roll-forward"),
        dkk("expected_ended", "DKK, nominal, to be taken away: known citizens who end; empty without a roll-forward"),
        dkk("ahead", "DKK, nominal: months ahead that are not told apart as committed, new and ended"),
        dkk("decided_not_in_data", "DKK, nominal: decided savings and moved tasks, months after the cutoff only"),
        dkk("adjusted", "DKK, nominal: coming events that staff know of, months after the cutoff only"),
        dkk("outside_model", "DKK, nominal: still expected of own institutions, income and accounts without a service"),
        *(figure(name, "DKK, nominal: expected result on 31 December") for name in INTERVAL),
        figure("deviation_mean", "DKK, nominal: expected less revised budget; plus = overspending (merforbrug)"),
        figure("deviation_q10", "DKK, nominal"),
        figure("deviation_q90", "DKK, nominal"),
        figure("probability_over", "share of draws above the revised budget"),
        figure("probability_over_unadjusted", "share of draws above the revised budget without staff's adjustments"),
        figure("reserve_80", "DKK, nominal, beside the revised budget: with it the budget holds in 80 % of draws"),
        Column(
            name="price_factor",
            kind=Kind.NUMBER,
            required=False,
            unit="nominal per real of the run's price level, mean of the year",
        ),
        *MASK,
    ),
)

YEAR_RESULT_MONTHS = Table(
    name="year_result_months",
    grain="one level, member, accounting year and accounting period (13: supplementary), to the year after the cutoff's",
    owner="opdrift",
    columns=(
        code("level", key=True, allowed=LEVELS),
        code("member", key=True),
        whole("year", "accounting year", key=True),
        whole("period", "accounting period, 1 to 13", key=True),
        dkk("posted", "DKK, nominal; empty where the period has not begun"),
        dkk("expected", "DKK, nominal: still to be posted in the period"),
        dkk("budget", "DKK, nominal: a twelfth of the revised budget; nothing in period 13"),
        dkk("last_year", "DKK, nominal: posted in the same period of the year before"),
        figure("cumulated_mean", "DKK, nominal: posted and expected from period 1 on"),
        figure("cumulated_q10", "DKK, nominal"),
        figure("cumulated_q90", "DKK, nominal"),
        *MASK,
    ),
)

YEAR_BRIDGE = Table(
    name="year_bridge",
    grain="one level, member, accounting year and step from the revised budget to the expected result",
    owner="opdrift",
    columns=(
        code("level", key=True, allowed=LEVELS),
        code("member", key=True),
        whole("year", "accounting year", key=True),
        code(
            "step",
            key=True,
            allowed=(
                "budget", "last_year", "demography", "uptake", "mix", "unit_cost", "price_index", "budget_events", "one_offs",
                "expected_new", "expected_ended", "other_years", "outside_model", "decided_not_in_data", "adjusted", "expected",
            ),
            meaning="budget and the effects add up to expected. last_year: last service year and what then lay outside the "
            "model, less the budget. one_offs: months far off their neighbours, less the year before's. uptake: less "
            "expected_new and expected_ended, which are lines of year_result. other_years: accounting year less service year "
            "(late invoices)",
        ),
        dkk("effect", "DKK, nominal"),
        *MASK,
    ),
)  # fmt: skip

COMMITMENT_DIFFERENCES = Table(
    name="commitment_differences",
    grain="one service and calendar year ahead: commitments (disponeret) beside what the case list says of the same cases",
    owner="opdrift",
    columns=(
        code("service", key=True),
        whole("year", "calendar year of the service months", key=True),
        dkk("committed", "DKK, nominal: commitments of cases that the case list has"),
        dkk("case_list", "DKK, nominal: the same cases and months by the case list"),
        dkk("difference", "DKK, nominal: committed less case_list; empty where it rests on too few citizens"),
        dkk("unmatched", "DKK, nominal: commitments of no known case, listed and never added"),
        Column(name="used", kind=Kind.FLAG, meaning="The commitments replaced the estimates of their cases"),
        *MASK,
    ),
)

YEAR_RESULT_SPREAD = Table(
    name="year_result_spread",
    grain="one frame (or committee, or total), open year with a budget and percentile of its deviation: what a further cost does",
    owner="opdrift",
    columns=(
        code("level", key=True, allowed=LEVELS),
        code("member", key=True),
        whole("year", "accounting year", key=True),
        whole("percentile", "1 to 99", key=True),
        figure("deviation", "DKK, nominal: expected less revised budget at the percentile of the draws"),
        *MASK,
    ),
)

STAFF_ADJUSTMENTS = Table(
    name="staff_adjustments",
    grain="one coming event that staff entered, and open accounting year: what it says, whether it counts, what it moves",
    owner="økonomi",
    columns=(
        code("adjustment_id", key=True),
        whole("year", "accounting year", key=True),
        code("kind", allowed=("placement", "rate_change", "one_off", "other")),
        code("frame", required=False),
        code("service", required=False, meaning="Empty where the service's figures are hidden"),
        Column(name="effective_from", kind=Kind.DATE),
        Column(name="effective_to", kind=Kind.DATE, required=False),
        Column(name="amount_dkk", kind=Kind.MONEY, required=False, unit="DKK per amount_per, as staff wrote it"),
        code("amount_per", allowed=("year", "month", "once")),
        Column(name="change_pct", kind=Kind.NUMBER, required=False, unit="per cent, as staff wrote it"),
        code("price_level", required=False),
        Column(name="among_expected", kind=Kind.FLAG),
        Column(name="in_data", kind=Kind.FLAG, required=False),
        code("reason"),
        code("who", meaning="Who entered it: initials or role"),
        Column(name="entered_on", kind=Kind.DATE),
        Column(name="withdrawn_on", kind=Kind.DATE, required=False),
        code("withdrawn_by", required=False),
        code("entered_by", allowed=("file", "command")),
        code(
            "standing",
            allowed=("counts", "withdrawn", "in_data", "begun", "over", "unknown", "hidden"),
            meaning="Only counts moves a figure. begun: the data are taken to hold it. unknown: no such frame or service",
        ),
        Column(name="moves", kind=Kind.MONEY, unit="DKK, nominal: what it adds to the year's result"),
    ),
)

STAFF_ESTIMATES = Table(
    name="staff_estimates",
    grain="one frame, service or the total, accounting year and follow-up: what staff expected, what a run did, what came",
    owner="økonomi",
    columns=(
        code("level", key=True, allowed=LEVELS),
        code("member", key=True),
        whole("year", "accounting year", key=True),
        Column(name="follow_up_on", kind=Kind.DATE, key=True, meaning="Last day whose postings staff knew"),
        dkk("staff", "DKK, nominal: what staff expected the year to end at"),
        dkk("ours", "DKK, nominal: what the published run of the same month expected; empty where there is none"),
        dkk("ours_q10", "DKK, nominal"),
        dkk("ours_q90", "DKK, nominal"),
        Column(name="ours_remade", kind=Kind.FLAG, meaning="The run was made afterwards, with --as-of"),
        dkk("actual", "DKK, nominal: the year's accounts; empty while the year is open"),
        dkk("staff_error", "DKK, nominal: staff less actual"),
        dkk("ours_error", "DKK, nominal: ours less actual"),
        code("nearer", required=False, allowed=("staff", "ours", "same"), meaning="Empty where either is not known"),
        *MASK,
    ),
)

OUTTURN = (
    YEAR_RESULT,
    YEAR_RESULT_MONTHS,
    YEAR_RESULT_SPREAD,
    YEAR_BRIDGE,
    COMMITMENT_DIFFERENCES,
    STAFF_ADJUSTMENTS,
    STAFF_ESTIMATES,
)
