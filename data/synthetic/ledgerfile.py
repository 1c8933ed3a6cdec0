"""The ledger as a municipality's economy system exports it: Windows-1252, decimal comma, 16-digit account strings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from data.reference.catalogue import load_catalogue
from data.synthetic.accounts import account_strings, cost_objects, functions_and_groupings
from data.synthetic.calendar import Window, first_day, month_of
from data.synthetic.office import amount_text, joined
from data.synthetic.plan import PLANS

if TYPE_CHECKING:
    from data.synthetic.identity import Identity

HEADER = (
    "Bilagsnr;Bogføringsdato;Regnskabsår;Periode;Kontostreng;PSP-element;Posteringstekst;Ydelsesperiode;CPR-nr.;Sagsnr.;Beløb"
)
MONTHS = ("januar", "februar", "marts", "april", "maj", "juni", "juli", "august", "september", "oktober", "november", "december")
SHORT = ("jan", "feb", "mar", "apr", "maj", "jun", "jul", "aug", "sep", "okt", "nov", "dec")
NO_PERIOD = 0.004  # share of citizens' postings that state no service month at all
_WORDS = {
    "plain": "Faktura",
    "reversal": "Tilbageført faktura",
    "again": "Rettet faktura",
    "credit": "Kreditnota",
    "quarter": "Kvartalsfaktura",
    "settlement": "Intern afregning",
    "sold": "Salg af plads",
    "payroll": "Månedsløn",
    "goods": "Varekøb",
    "user": "Egenbetaling",
    "refund": "Statsrefusion",
    "other": "Kontorhold",
}
_WITHOUT_PERIOD = ("payroll", "goods", "other")
_STAYS = ("Ophold", "Takst", "Ydelse", "Afregning")


def select_exported(postings: pd.DataFrame, window: Window) -> pd.DataFrame:
    """Keep what is posted inside the window for accounting years of the window, in order of posting."""
    first = int(first_day(window.start))
    inside = (postings["posted"] >= first) & (postings["posted"] <= window.last_day) & (postings["year"] >= window.start_year)
    return (
        postings[inside]
        .sort_values(["posted", "text_kind", "plan", "case", "month", "ore"], kind="stable")
        .reset_index(drop=True)
    )


def ledger_lines(
    postings: pd.DataFrame, identity: Identity, case_numbers: np.ndarray, rng: np.random.Generator, *, municipality: str
) -> dict[int, list[str]]:
    """Write each posting as a line, by calendar year of posting.

    Files are cut by the day of posting, not by accounting year: January's supplementary postings lie in the next year's file.

    Args:
        postings: Exported postings in file order.
        identity: Numbers and names of citizens.
        case_numbers: Case number of each case.
        rng: The ledger's generator.
        municipality: Authority code, part of the voucher numbers.

    Returns:
        Year -> lines without header and trailer.
    """
    function, grouping = functions_and_groupings(postings)
    posted_year = (month_of(postings["posted"].to_numpy()) // 12).tolist()
    serial = postings.groupby(posted_year).cumcount().to_numpy() + 1
    numbers = [f"B{municipality}.{year}.{n:06d}" for year, n in zip(posted_year, serial.tolist(), strict=True)]
    dates = pd.to_datetime(postings["posted"].to_numpy(), unit="D").strftime("%d-%m-%Y").tolist()
    texts, periods = _texts(postings, identity, rng)
    lines = joined(
        [
            numbers,
            dates,
            postings["year"].astype(str).tolist(),
            postings["period"].astype(str).tolist(),
            account_strings(postings, function, grouping),
            cost_objects(postings, function),
            texts,
            periods,
            _cpr_column(postings, identity, rng),
            _case_column(postings, case_numbers, rng),
            amount_text(postings["ore"].tolist()),
        ]
    )
    found: dict[int, list[str]] = {year: [] for year in sorted(set(posted_year))}
    for year, line in zip(posted_year, lines, strict=True):
        found[year].append(line)
    return found


def trailer(rows: int, ore: int) -> str:
    """Last line of a ledger file: declared number of rows and sum."""
    return f"I ALT;;;;;;{rows};;;;{amount_text([ore])[0]}"


def _texts(postings: pd.DataFrame, identity: Identity, rng: np.random.Generator) -> tuple[list[str], list[str]]:
    """Posting text and service period; half of the periods stand in the text only."""
    month, kind = postings["month"].to_numpy(), postings["text_kind"].to_numpy()
    no_period = np.isin(kind, _WITHOUT_PERIOD) | ((rng.random(len(month)) < NO_PERIOD) & (postings["citizen"].to_numpy() >= 0))
    in_text = ((rng.random(len(month)) < 0.5) | (kind == "quarter")) & ~no_period
    labels = [load_catalogue().by_key(plan.key).label_da for plan in PLANS]
    people = np.append(identity.name, "")[postings["citizen"].to_numpy()].tolist()
    style, stay = rng.integers(0, 3, len(month)).tolist(), rng.integers(0, len(_STAYS), len(month)).tolist()
    invoice = rng.integers(10_000, 99_999, len(month)).tolist()
    texts, periods = [], []
    columns = zip(
        month.tolist(),
        kind.tolist(),
        postings["plan"].tolist(),
        people,
        style,
        stay,
        invoice,
        no_period.tolist(),
        in_text.tolist(),
        strict=True,
    )
    for number, what, plan, person, how, word, bill, without, textual in columns:
        year, place = divmod(number, 12)
        opening = _STAYS[word] if what == "plain" else _WORDS[what]
        if what == "quarter":
            period = f"{SHORT[place]}-{SHORT[place + 2]} {year}"
        else:
            period = f"{place + 1:02d}-{year}" if how == 0 else f"{MONTHS[place]} {year}"
        if textual:
            text = f"{opening} {period} {person}"
        elif plan >= 0 and how == 1:
            text = f"{labels[plan]} {person}"
        else:
            text = f"{_WORDS[what]} nr. {bill} {person}"
        texts.append(text.rstrip())
        periods.append("" if textual or without else f"{place + 1:02d}-{year}")
    return texts, periods


def _cpr_column(postings: pd.DataFrame, identity: Identity, rng: np.random.Generator) -> list[str]:
    """CPR numbers in mixed forms: with hyphen, without, and with the leading zero lost."""
    citizen = postings["citizen"].to_numpy()
    plain, hyphened = np.append(identity.cpr, ""), np.append(identity.hyphened, "")
    draw = rng.random(len(citizen))
    lost = np.array([number.removeprefix("0") for number in plain.tolist()])
    return np.where(draw < 0.6, hyphened[citizen], np.where(draw < 0.8, plain[citizen], lost[citizen])).tolist()


def _case_column(postings: pd.DataFrame, case_numbers: np.ndarray, rng: np.random.Generator) -> list[str]:
    """Case numbers stand on most postings of citizens, not on all."""
    numbers = np.append(case_numbers, "")[postings["case"].to_numpy()]
    return np.where(rng.random(len(numbers)) < 0.85, numbers, "").tolist()
