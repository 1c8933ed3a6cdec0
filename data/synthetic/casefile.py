"""The case system's exports: the snapshot of cases, and the commitments (disponeret) of open cases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from data.reference.catalogue import load_catalogue
from data.schema.inputs import CASES, COMMITMENTS
from data.synthetic.accounts import accounts_of
from data.synthetic.calendar import NEVER, Window, days_in, first_day, iso, iso_month, month_of
from data.synthetic.office import amount_text, joined, number_text
from data.synthetic.plan import PLANS
from data.synthetic.pricing import PROVIDER_TYPES, Priced, billed_units

if TYPE_CHECKING:
    from data.synthetic.identity import Identity

NEIGHBOURS = ("163", "165", "175", "240", "169", "159")  # who buys our places
_PLANNED = {
    "midlertidigt_botilbud",
    "bostoette",
    "familiebehandling",
    "fast_kontaktperson",
    "ungestoette",
    "forsorgshjem",
    "kvindekrisecenter",
    "stofmisbrugsbehandling",
    "opholdssted",
    "boernehjem",
    "eget_vaerelse",
    "sikret_institution",
}


def case_lines(priced: Priced, identity: Identity, household: np.ndarray, male: np.ndarray, numbers: np.ndarray, window: Window,
               rng: np.random.Generator, *, municipality: str) -> tuple[str, list[str]]:  # fmt: skip
    """Write the snapshot of cases at the end of the window.

    Args:
        priced: Cases and price rows.
        identity: Numbers and names of citizens.
        household: Household number per citizen.
        male: Flag per citizen.
        numbers: Case number per case.
        window: Months the sample covers.
        rng: The export's generator.
        municipality: Authority code of the paying municipality.

    Returns:
        Header and lines, ordered by case number and price date; what the system learns after the window is not in it.
    """
    told = (priced.rows["from_day"] <= window.last_day) | priced.rows["first"]  # what is granted and has not begun, too
    rows = priced.rows[(priced.rows["recorded"] <= window.last_day) & told]
    extra = _case_fields(priced.cases, window, rng, municipality=municipality)
    case = rows["case"].to_numpy()
    citizen, plan = priced.cases["citizen"].to_numpy()[case], priced.cases["plan"].to_numpy()[case]
    unit = np.array([load_catalogue().by_key(item.key).price_unit for item in PLANS])
    fields = {
        "case_id": numbers[case].tolist(),
        "citizen_id": identity.hyphened[citizen].tolist(),
        "household_id": [f"H{municipality}-{number:05d}" for number in household[citizen].tolist()],
        "birth_month": iso_month(priced.cases["birth"].to_numpy()[case]),
        "sex": np.where(male[citizen], "M", "K").tolist(),
        "recorded_on": iso(rows["recorded"].to_numpy()),
        "service": rows["word"].tolist(),
        "start_date": iso(priced.cases["start"].to_numpy()[case]),
        "planned_end": iso(extra["planned"].to_numpy()[case]),
        "ended_on": iso(priced.cases["end"].to_numpy()[case]),
        "price": amount_text(rows["price_ore"].tolist()),
        "price_from": iso(
            np.where(rows["first"], np.maximum(rows["from_day"], priced.cases["start"].to_numpy()[case]), rows["from_day"])
        ),
        "price_unit": unit[plan].tolist(),
        "hours_per_week": number_text(rows["hours"].tolist()),
    }
    fields |= {name: extra[name].to_numpy()[case].tolist() for name in extra.columns if name != "planned"}
    names = [column.name for column in CASES.columns]
    return ";".join(names), joined([fields[name] for name in names])


def _case_fields(cases: pd.DataFrame, window: Window, rng: np.random.Generator, *, municipality: str) -> pd.DataFrame:
    n = len(cases)
    plan = cases["plan"].to_numpy()
    key = np.array([item.key for item in PLANS])[plan]
    length = np.array([365, 730, 1095])[rng.integers(0, 3, n)]
    decided = np.isin(key, sorted(_PLANNED)) & (rng.random(n) < 0.8)
    elapsed = np.minimum(cases["end"].to_numpy(), window.last_day) - cases["start"].to_numpy()
    planned = cases["start"].to_numpy() + length * (elapsed // length + 1)
    provider = np.array(PROVIDER_TYPES)[cases["provider"].to_numpy()]
    supplier = [
        f"{kind[0].upper()}-{service[:12]}-{number:02d}"
        for kind, service, number in zip(provider, key, cases["provider_no"], strict=True)
    ]
    persons = [f"PERSON-{number:05d}" for number in cases["provider_no"].tolist()]
    paying = np.where(cases["sold"], np.array(NEIGHBOURS)[rng.integers(0, len(NEIGHBOURS), n)], municipality)
    age_67 = (window.end - cases["birth"].to_numpy()) // 12 >= 67
    before_67 = month_of(cases["start"].to_numpy()) - cases["birth"].to_numpy() < 67 * 12
    income = np.where((key == "laengerevarende_botilbud") & (rng.random(n) < 0.5), rng.integers(1500, 6000, n) * 100, -1)
    return pd.DataFrame(
        {
            "planned": np.where(decided, planned, NEVER),
            "provider_id": np.where(cases["person"], persons, supplier),
            "provider_type": provider,
            "paying_municipality": paying,
            "acting_municipality": np.where(rng.random(n) < 0.95, paying, "175"),
            "vat_included": np.where((provider == "private") & ~cases["person"], "false", ""),
            "citizen_income": [
                text if value >= 0 else "" for value, text in zip(income.tolist(), amount_text(income.tolist()), strict=True)
            ],
            "objective_financing": np.where(key == "sikret_institution", "true", "false"),
            "refund_before_67": np.where(age_67, np.where(before_67, "true", "false"), ""),
        }
    )


def commitment_lines(
    priced: Priced, identity: Identity, numbers: np.ndarray, window: Window, *, municipality: str
) -> tuple[str, list[str]]:
    """Write expected payments of the cases open at the end: one per case and month of the year to come.

    Returns:
        Header and lines; the months stop where the decision's term does.
    """
    frame = expected_payments(priced, window, months=12)
    case, month = frame["case"].to_numpy(), frame["month"].to_numpy()
    plan = priced.cases["plan"].to_numpy()[case]
    year = window.end_year
    account = [accounts_of(PLANS[p].key, year) for p in range(len(PLANS))]
    chosen = [account[p][c % len(account[p])] for p, c in zip(plan.tolist(), case.tolist(), strict=True)]
    fields = {
        "commitment_id": [
            f"D{municipality}-{c:05d}-{m % 12 + 1:02d}" for c, m in zip(case.tolist(), month.tolist(), strict=True)
        ],
        "municipality": [municipality] * len(frame),
        "case_id": numbers[case].tolist(),
        "citizen_id": identity.hyphened[priced.cases["citizen"].to_numpy()[case]].tolist(),
        "service": frame["word"].tolist(),
        "month": iso_month(month),
        "function": [item.function for item in chosen],
        "grouping": [item.grouping or "001" for item in chosen],
        "amount_dkk": amount_text(frame["ore"].tolist()),
    }
    names = [column.name for column in COMMITMENTS.columns]
    return ";".join(names), joined([fields[name] for name in names])


def expected_payments(priced: Priced, window: Window, *, months: int) -> pd.DataFrame:
    """What open cases of our own citizens will cost at today's price in each of the coming months.

    Returns:
        Columns ``row, case, word, month, days, units, ore``.
    """
    last = priced.rows[~priced.rows["case"].duplicated(keep="last")]
    cases = priced.cases
    case = last["case"].to_numpy()
    ongoing = (
        (cases["end"].to_numpy()[case] >= NEVER)
        & ~cases["sold"].to_numpy()[case]
        & (last["recorded"].to_numpy() <= window.last_day)
    )
    last = last[ongoing]
    row = np.repeat(last.index.to_numpy(), months)
    month = window.end + 1 + np.tile(np.arange(months), len(last))
    frame = pd.DataFrame(
        {"row": row, "case": priced.rows["case"].to_numpy()[row], "word": priced.rows["word"].to_numpy()[row], "month": month}
    )
    days = days_in(month)
    plan = cases["plan"].to_numpy()[frame["case"]]
    first, hours = first_day(month), priced.rows["hours"].to_numpy()[row]
    frame["days"] = days
    frame["units"] = billed_units(plan, first, first + days - 1, days, hours)
    frame["ore"] = np.rint(frame["units"] * priced.rows["price_ore"].to_numpy()[row]).astype(np.int64)
    limit = np.array([load_catalogue().by_key(plan.key).ages[1] + 1 for plan in PLANS])[cases["plan"].to_numpy()[frame["case"]]]
    too_old = first_day(month) >= first_day(cases["birth"].to_numpy()[frame["case"]] + limit * 12)
    return frame[~too_old].reset_index(drop=True)
