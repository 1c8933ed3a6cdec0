"""The same children's cases (and shelters) as the payments report of OS2BOS: granted and expected payments.

One activity is one case; its payments are monthly. A few supplementary activities (følgeudgifter) and fictive payments stand
beside them, as in the real report.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from data.reference.catalogue import load_catalogue
from data.synthetic.accounts import accounts_of
from data.synthetic.activities import ACTIVITIES, SUPPLEMENTS
from data.synthetic.calendar import NEVER, days_in, first_day, iso
from data.synthetic.casefile import expected_payments
from data.synthetic.os2bos_cases import case_columns
from data.synthetic.plan import PLANS

if TYPE_CHECKING:
    from data.synthetic.town import Town

COLUMNS = [
    "id",
    "amount",
    "paid_amount",
    "date",
    "paid_date",
    "account_string",
    "account_alias",
    "payment_schedule__payment_id",
    "payment_schedule__payment_amount",
    "payment_schedule__payment_frequency",
    "recipient_type",
    "recipient_id",
    "recipient_name",
    "payment_method",
    "payment_cost_type",
    "price_per_unit",
    "units",
    "fictive",
    "activity__details__activity_id",
    "activity__details__name",
    "activity_start_date",
    "activity_end_date",
    "activity_status",
    "activity_type",
    "section",
    "section_text",
    "sbsys_id",
    "main_activity_id",
    "main_activity_name",
    "cpr_number",
    "name",
    "target_group",
    "case_worker",
    "team",
    "leader",
    "efforts",
    "effort_step",
    "scaling_step",
    "paying_municipality",
    "acting_municipality",
    "residence_municipality",
    "mother_cpr",
    "father_cpr",
    "activity_category__category_id",
    "activity_category__name",
    "note",
    "approval_level",
    "approval_user",
    "appropriation_date",
]
MONTHS_BACK = 60
MONTHS_AHEAD = 12
MAIN, EXTRA = "MAIN_ACTIVITY", "SUPPL_ACTIVITY"


@dataclass(frozen=True)
class Reports:
    """The two reports as bytes."""

    granted: bytes
    expected: bytes


def payment_reports(town: Town, rng: np.random.Generator) -> Reports:
    """Write the reports of granted and expected payments.

    Args:
        town: The municipality.
        rng: The reports' generator.

    Returns:
        UTF-8, comma, decimal point, header row, columns as OS2BOS has them.
    """
    payments = _payments(town)
    extra = _supplementary(payments, rng)
    frame = (
        pd.concat([payments, extra], ignore_index=True).sort_values(["day", "case", "kind"], kind="stable").reset_index(drop=True)
    )
    late = np.exp(rng.normal(1.6, 0.9, len(frame))).astype(int).clip(0, 120)
    frame["paid_day"] = np.where(frame["day"] + late <= town.window.last_day, frame["day"] + late, NEVER)
    frame["paid"] = np.where(
        rng.random(len(frame)) < 0.06, np.rint(frame["ore"] * rng.uniform(0.9, 1.04, len(frame))), frame["ore"]
    ).astype(np.int64)
    frame["id"] = np.arange(len(frame)) + 100_001
    fields = _fields(frame, town, rng)
    ahead = (frame["day"] > town.window.last_day).to_numpy()
    return Reports(granted=_csv(fields, ~ahead), expected=_csv(fields, ahead))


def _payments(town: Town) -> pd.DataFrame:
    """One payment per case and month: a fixed monthly amount, in proportion where the case runs part of the month."""
    priced, window = town.priced, town.window
    wanted = [index for index, plan in enumerate(PLANS) if plan.key in ACTIVITIES and not plan.sold]
    past = priced.months[priced.months["month"].between(max(window.start, window.end - MONTHS_BACK + 1), window.end)]
    past = past[["row", "case", "month", "days"]]
    ahead = expected_payments(priced, window, months=MONTHS_AHEAD)[["row", "case", "month", "days"]]
    frame = pd.concat([past, ahead], ignore_index=True)
    frame = frame[np.isin(priced.cases["plan"].to_numpy()[frame["case"]], wanted)].reset_index(drop=True)
    plan = priced.cases["plan"].to_numpy()[frame["case"]]
    price = priced.rows["price_ore"].to_numpy()[frame["row"]]
    hours = np.nan_to_num(priced.rows["hours"].to_numpy()[frame["row"]])
    by_hour = np.array([item.hours > 0 for item in PLANS])[plan]
    by_month = np.array([load_catalogue().by_key(item.key).price_unit == "month" for item in PLANS])[plan]
    units = np.round(np.select([by_hour, by_month], [hours * 52 / 12, 1.0], 365 / 12), 2)
    monthly = np.rint(units * price).astype(np.int64)
    started = np.maximum(first_day(frame["month"].to_numpy()), priced.cases["start"].to_numpy()[frame["case"]])
    share = frame["days"].to_numpy() / days_in(frame["month"].to_numpy())
    return frame.assign(
        plan=plan,
        units=units,
        price=price,
        monthly=monthly,
        ore=np.rint(monthly * share).astype(np.int64),
        day=started,
        kind=MAIN,
        fictive=False,
        supplement=-1,
    )


def _supplementary(payments: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Følgeudgifter of a third of the placements, some of them fictive (not real money)."""
    placed = [index for index, plan in enumerate(PLANS) if plan.key in {"plejefamilie", "opholdssted", "boernehjem"}]
    cases = payments.loc[payments["plan"].isin(placed), "case"].unique()
    chosen = cases[rng.random(len(cases)) < 0.35]
    which = dict(zip(chosen.tolist(), rng.integers(0, len(SUPPLEMENTS), len(chosen)).tolist(), strict=True))
    fictive = {case for case in chosen.tolist() if rng.random() < 0.12}
    rows = payments[payments["case"].isin(chosen)].copy()
    rows["supplement"] = rows["case"].map(which)
    price = np.array([round(amount * 100) for _, _, amount in SUPPLEMENTS])[rows["supplement"]]
    share = rows["days"] / days_in(rows["month"].to_numpy())
    return rows.assign(
        kind=EXTRA,
        fictive=rows["case"].isin(fictive),
        units=1.0,
        price=price,
        monthly=price,
        ore=np.rint(price * share).astype(np.int64),
    )


def _fields(frame: pd.DataFrame, town: Town, rng: np.random.Generator) -> dict[str, list[str]]:
    """All columns as text, in the report's order."""
    cases, case = town.priced.cases, frame["case"].to_numpy()
    citizen = cases["citizen"].to_numpy()[case]
    key = [PLANS[plan].key for plan in frame["plan"].tolist()]
    main = [ACTIVITIES[item] for item in key]
    other = [SUPPLEMENTS[number] if number >= 0 else None for number in frame["supplement"].tolist()]
    number = [extra[0] if extra else item[1] for extra, item in zip(other, main, strict=True)]
    name = [extra[1] if extra else item[2] for extra, item in zip(other, main, strict=True)]
    account = _accounts(frame, key, number)
    days = frame["day"].to_numpy()
    end = cases["end"].to_numpy()[case]
    planned = np.where(
        end >= NEVER, cases["start"].to_numpy()[case] + 365 * ((days - cases["start"].to_numpy()[case]) // 365 + 2), end
    )
    paid = frame["paid_day"].to_numpy() < NEVER
    static = case_columns(town, rng)
    fields: dict[str, list[str]] = {
        "id": frame["id"].astype(str).tolist(),
        "amount": _kroner(frame["ore"]),
        "paid_amount": np.where(paid, _kroner(frame["paid"]), "").tolist(),
        "date": iso(days),
        "paid_date": iso(frame["paid_day"].to_numpy()),
        "account_string": account,
        "account_alias": [f"{a[:5]}.{a[6:9]}" for a in account],
        "payment_schedule__payment_id": [
            str(200_000 + c * 2 + (k == EXTRA)) for c, k in zip(case.tolist(), frame["kind"], strict=True)
        ],
        "payment_schedule__payment_amount": _kroner(frame["monthly"]),
        "payment_schedule__payment_frequency": ["MONTHLY"] * len(frame),
        "payment_cost_type": ["PER_UNIT"] * len(frame),
        "price_per_unit": _kroner(frame["price"]),
        "units": [f"{value:.2f}" for value in frame["units"].tolist()],
        "fictive": ["True" if flag else "False" for flag in frame["fictive"].tolist()],
        "activity__details__activity_id": number,
        "activity__details__name": name,
        "activity_start_date": iso(cases["start"].to_numpy()[case]),
        "activity_end_date": iso(planned),
        "activity_status": ["GRANTED"] * len(frame),
        "activity_type": frame["kind"].tolist(),
        "section": _sections(frame, town, main),
        "section_text": [item[4] for item in main],
        "main_activity_id": [item[1] for item in main],
        "main_activity_name": [item[2] for item in main],
        "cpr_number": town.identity.hyphened[citizen].tolist(),
        "name": town.identity.name[citizen].tolist(),
    }
    fields |= {column: values[case].tolist() for column, values in static.items()}
    fields["sbsys_id"] = [
        f"{item[5]}-G01-{c % 900 + 1}-{y}"
        for item, c, y in zip(main, case.tolist(), static["opened"][case].tolist(), strict=True)
    ]
    return {column: fields[column] for column in COLUMNS}


def _accounts(frame: pd.DataFrame, key: list[str], number: list[str]) -> list[str]:
    years = (frame["month"] // 12).tolist()
    found = []
    for service, year, case, activity in zip(key, years, frame["case"].tolist(), number, strict=True):
        accounts = accounts_of(service, year)
        account = accounts[case % len(accounts)]
        found.append(f"{account.function}1{account.grouping or ACTIVITIES[service][0]}-{activity.lstrip('0')}")
    return found


def _sections(frame: pd.DataFrame, town: Town, main: list[tuple[str, ...]]) -> list[str]:
    """Paragraph keys: Barnets Lov's where the price row's decision follows it, else OS2BOS's key under Serviceloven."""
    words = town.priced.rows["word"].to_numpy()[frame["row"]].tolist()
    return [word if str(word).startswith("BL-") else item[3] for word, item in zip(words, main, strict=True)]


def _kroner(ore: pd.Series) -> list[str]:
    return [f"{value / 100:.2f}" for value in ore.tolist()]


def _csv(fields: dict[str, list[str]], keep: np.ndarray) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    rows = np.flatnonzero(keep).tolist()
    columns = [fields[name] for name in COLUMNS]
    writer.writerows([column[row] for column in columns] for row in rows)
    return text.getvalue().encode()
