"""What the reader must know beside a refund: thresholds not verified, inputs that are missing, cost that rests on no citizen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from models.levels import TOTAL
from models.refund.years import whole_years

if TYPE_CHECKING:
    from models.refund.history import CitizenMonths, RefundRules
    from models.refund.tables import RefundSources
    from models.types import DriverTables

    Notice = tuple[str, str, str, str]

_FEW = 5
_UNKNOWN_DA = (
    "Den centrale refusion regnes borger for borger og måned for måned. Data har ingen borgere, så refusion, "
    "nettoudgift og antal borgere over grænserne kendes ikke."
)
_UNKNOWN_EN = (
    "The central refund is worked out citizen by citizen and month by month. The data hold no citizens, so refund, "
    "net expenditure and the number of citizens above the thresholds are not known."
)
_INPUTS = {
    "citizen_income": (
        "hvad borgeren selv betaler; det tæller 0 kr., så refusionen kan være sat for højt",
        "what the citizen pays; it counts as 0, so the refund may be too high",
    ),
    "household_id": (
        "husstand; barnet regnes alene, så refusionen kan være sat for lavt",
        "the household; the child is counted alone, so the refund may be too low",
    ),
    "objective_financing": (
        "om udgiften er objektivt finansieret; kun sikrede institutioner regnes som det",
        "whether cost is financed objectively; only secure institutions are taken to be",
    ),
    "refund_before_67": (
        "om borgeren på 67 år eller mere var omfattet før sit fyldte 67. år; der regnes ingen refusion",
        "whether a citizen of 67 or more was covered before turning 67; no refund is counted",
    ),
}


def notice_frame(notices: list[Notice]) -> pd.DataFrame:
    """NOTICES: notice_id, member, text_da, text_en."""
    return pd.DataFrame(notices, columns=["notice_id", "member", "text_da", "text_en"])


def unknown_notice() -> Notice:
    """What is said where no citizen's cost is known."""
    return ("refund_unknown", "run", _UNKNOWN_DA, _UNKNOWN_EN)


def ahead_unknown_notice() -> Notice:
    """What is said where no citizens were simulated."""
    return (
        "refund_ahead_unknown",
        "run",
        "Refusionen af kommende år, og hvad et scenarie gør ved den, kendes ikke: den kræver, at kendte borgere rulles frem.",
        "The refund of coming years, and what a scenario does to it, is not known: known citizens must be rolled forward for it.",
    )


def ahead_notice(years: list[int]) -> Notice:
    """How the refund ahead was found, and what of it is not verified."""
    da = (
        f"Refusionen for {_years(years)} bygger på simulerede borgere. Årenes refusionsgrænser er skøn eller ført frem med "
        "prisindekset (ikke verificeret). Engangsudgifter fremover er ikke med."
    )
    en = (
        f"The refund of {_years(years)} stands on simulated citizens. The years' thresholds are estimates or carried on by the "
        "price index (not verified). One-off cost ahead is left out."
    )
    return ("refund_ahead", "run", da, en)


def refund_notices(
    sources: RefundSources, drivers: DriverTables, known: CitizenMonths, odd: pd.DataFrame, rules: RefundRules
) -> pd.DataFrame:
    """Everything that the refund's figures must be read with.

    Args:
        sources: Inputs, and list cost by service.
        drivers: Gross by service.
        known: Citizens' cost, with thresholds.
        odd: service, by, months that the ledger could not scale month by month.
        rules: Which services count.
    """
    found = _thresholds(known, rules) + _inputs(sources.inputs) + _uncovered(sources, drivers, rules) + _odd(odd, rules)
    return notice_frame(found)


def against_ledger(masked: pd.DataFrame) -> pd.DataFrame:
    """The newest closed accounting year's refund as worked out, beside what the ledger has; nothing where either is hidden.

    Args:
        masked: REFUND_YEARS as published.
    """
    rows = masked[(masked["level"] == TOTAL) & masked[["central_refund", "half_refund", "posted_refund"]].notna().all(axis=1)]
    if rows.empty:
        return notice_frame([])
    row = rows.sort_values("year").iloc[-1]
    ours, posted = ((float(row[names].sum()) / 1e6) for names in (["central_refund", "half_refund"], ["posted_refund"]))
    year, mark = int(row["year"]), not bool(row["thresholds_verified"])
    ours_da, posted_da = (f"{amount:.1f}".replace(".", ",") for amount in (ours, posted))
    da = f"Regnskab {year}: beregnet statsrefusion {ours_da} mio. kr., bogført {posted_da} mio. kr."
    en = f"Accounts {year}: state refund worked out {ours:.1f} m DKK, posted {posted:.1f} m DKK."
    told = (f"{da} Grænserne er ikke verificeret.", f"{en} The thresholds are not verified.") if mark else (da, en)
    return notice_frame([("refund_against_ledger", "run", *told)])


def _thresholds(known: CitizenMonths, rules: RefundRules) -> list[Notice]:
    verified = pd.Series(known.thresholds.verified).groupby(known.months.year.to_numpy()).all()
    years = [int(year) for year in verified.index[~verified.to_numpy(dtype=bool)]]
    named = {item.year for item in rules.reference.refund_years}
    notices: list[Notice] = []
    if years:
        carried = [year for year in years if year not in named]
        da = f"Refusionsgrænserne for {_years(years)} er skøn (ikke verificeret), og det er refusionen for de år derfor også."
        en = f"The refund's thresholds for {_years(years)} are estimates (not verified), and so is the refund of those years."
        if carried:
            da += f" For {_years(carried)} er nærmeste kendte år ført frem eller tilbage."
            en += f" For {_years(carried)} the nearest known year is carried on or back."
        notices.append(("refund_thresholds", "run", da, en))
    if rules.half and not rules.reference.half_refund_verified:
        pct = f"{rules.reference.half_refund_pct:g}"
        notices.append(
            (
                "refund_half",
                "run",
                f"Statens refusion af {pct} % af forsorgshjem og kvindekrisecentre (§§ 109-110) er ikke verificeret.",
                f"The state's refund of {pct} % of shelters and refuges (§§ 109-110) is not verified.",
            )
        )
    return notices


def _years(years: list[int]) -> str:
    """Years as spans.

    Example:
        >>> _years([2017, 2018, 2019, 2023])
        '2017-2019, 2023'
    """
    spans: list[list[int]] = []
    for year in sorted(years):
        if spans and year == spans[-1][-1] + 1:
            spans[-1].append(year)
        else:
            spans.append([year])
    return ", ".join(str(span[0]) if len(span) == 1 else f"{span[0]}-{span[-1]}" for span in spans)


def _inputs(inputs: pd.DataFrame) -> list[Notice]:
    notices: list[Notice] = []
    facts = zip(inputs["input"].astype(str), inputs["cases"].astype(int), inputs["missing"].astype(int), strict=True)
    for name, cases, missing in facts:
        if missing:
            da, en = _INPUTS[name]
            few_da, few_en = (str(missing), str(missing)) if missing >= _FEW else ("Færre end 5", "Fewer than 5")
            of = str(cases) if cases >= _FEW else ""
            notices.append(
                (
                    "refund_input_missing",
                    name,
                    f"{few_da}{f' af {of}' if of else ''} sager, som refusionen bygger på, oplyser ikke {da}.",
                    f"{few_en}{f' of {of}' if of else ''} cases that the refund rests on don't say {en}.",
                )
            )
    return notices


def _uncovered(sources: RefundSources, drivers: DriverTables, rules: RefundRules) -> list[Notice]:
    """Gross of whole years that no case carries, and services whose law does not count."""
    years = whole_years(pd.DatetimeIndex(sorted(drivers.history["month"].unique())))
    history = drivers.history[drivers.history["month"].dt.year.isin(years)]
    gross = history.groupby("service")["gross_ultimate_nominal"].sum().astype(float)
    with_cases = set(sources.rows["service"].astype(str))
    bare = gross[~gross.index.isin(sorted(with_cases))]
    notices: list[Notice] = []
    if gross.sum() > 0 and bare.sum() / gross.sum() >= 0.005:
        pct = round(100 * bare.sum() / gross.sum())
        notices.append(
            (
                "refund_gross_without_cases",
                "run",
                f"{pct or 'Under 1'} % af bruttoudgiften hviler ikke på sager; af den regnes ingen refusion.",
                f"{pct or 'Under 1'} % of gross expenditure rests on no cases; no refund of it is counted.",
            )
        )
    notices += [
        (
            "refund_not_counted",
            service,
            "Ydelsen regnes ikke med i den centrale refusion: ingen af dens paragraffer står i Serviceloven eller Barnets Lov.",
            "The service does not count towards the central refund: none of its paragraphs is in Serviceloven or Barnets Lov.",
        )
        for service in sorted(with_cases - rules.counting)
    ]
    return notices


def _odd(odd: pd.DataFrame, rules: RefundRules) -> list[Notice]:
    counted = odd[odd["service"].isin(sorted(rules.counting))].groupby("service", sort=True)["months"].sum()
    return [
        (
            "refund_scale",
            str(service),
            f"I {months} måneder ligger regnskabet langt fra sagernes priser; dér følger refusionen året eller priserne.",
            f"In {months} months the ledger lies far from the cases' prices; there the refund follows the year or the prices.",
        )
        for service, months in zip(counted.index.astype(str), counted.astype(int), strict=True)
    ]
