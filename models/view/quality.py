"""The data page: what came, what was set aside and what it is worth, by owner; files, balance and lineage."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pandas as pd

from models.view.language import MILLION, NO_FIGURE, message
from models.view.origin_words import origin_rows
from models.view.run import rows_of
from models.view.tables import Shown

if TYPE_CHECKING:
    from models.view.language import Language
    from models.view.run import RunView

_TABLES = {
    "cases": message("Sager"),
    "postings": message("Posteringer"),
    "case_months": message("Sager pr. måned"),
    "frames": message("Rammer"),
    "budget": message("Budget"),
    "budget_events": message("Flyttede opgaver og beslutninger"),
    "population": message("Befolkning"),
    "population_projection": message("Befolkningsprognose"),
    "price_index": message("Løn- og prisindeks"),
    "commitments": message("Disponeret"),
    "service_list": message("Ydelser"),
    "adjustments": message("Justeringer"),
    "staff_estimates": message("Egne skøn"),
}
_PRICED = ("cases",)
"""Tables whose amounts are prices: per hour, day and month they make no sum, so their rows alone are told."""
_OWNERS = {
    "økonomi": message("Økonomi"),
    "fagsystem": message("Fagsystem"),
    "Danmarks Statistik": message("Danmarks Statistik"),
}
_STATUSES = {
    "used": message("brugt"),
    "superseded": message("afløst af nyere"),
    "outranked": message("en anden kilde går foran"),
    "refused": message("afvist"),
}
_SEVERITIES = {
    "blocking": message("stopper kørslen"),
    "set_aside": message("rækken lægges til side"),
    "warning": message("advarsel"),
}
REFUSALS = {
    "truncated": message("Filen er skåret over. Lav udtrækket igen, og læg hele filen i indbakken."),
    "unreadable": message("Filen kan ikke læses. Åbn den i systemet, den kommer fra, og gem den igen."),
    "growing": message("Filen blev stadig skrevet, da den skulle læses. Den tages med i næste kørsel."),
    "empty": message("Filen er tom. Lav udtrækket igen."),
    "unknown_kind": message("Filens slags er ukendt. Giv den et navn, der passer til en kildebeskrivelse, eller skriv en ny."),
    "changed_columns": message("Filens kolonner er ændret. Ret udtrækket, eller ret kildebeskrivelsen."),
    "shrunk": message("Filen har færre rækker eller måneder end den, den skal afløse. Kontrollér udtrækket."),
    "totals": message("Filens egne summer stemmer ikke med dens rækker. Lav udtrækket igen."),
    "encoding": message("Filen blander tegnsæt. Gem den igen i ét tegnsæt."),
    "cpr": message("Filen har CPR-numre i en kolonne, hvor de ikke må stå. Fjern dem, og aflever filen igen."),
}
_BRIDGE = {
    "service_year_reported": message("Udgift til hjælp givet i året, bogført indtil nu"),
    "from_earlier_service_years": message("Hjælp givet i tidligere år, bogført i året"),
    "to_other_accounting_years": message("Hjælp givet i året, bogført i andre år"),
    "without_service_month": message("Uden oplysning om, hvornår hjælpen blev givet"),
    "accounting_year_gross_authority": message("Bruttoudgift i regnskabsåret (myndighed)"),
    "provider_and_income": message("Egne tilbud og indtægter (udfører)"),
    "accounting_year_ledger": message("Regnskabet i alt"),
}
_PROVIDER = {
    "payroll": message("Løn"),
    "other_operation": message("Anden drift"),
    "internal_settlement": message("Intern afregning"),
    "places_sold": message("Solgte pladser"),
    "other_income": message("Andre indtægter"),
    "refund": message("Refusion"),
}
_FACTS = (
    ("municipality", message("Kommune (kode)")),
    ("currency", message("Valuta")),
    ("price_level", message("Prisniveau")),
    ("n_draws", message("Antal beregnede forløb")),
    ("seed", message("Startværdi (samme startværdi og data giver samme tal)")),
    ("input_state", message("Fingeraftryk af alt, der kom ind")),
    ("started_at", message("Begyndt")),
    ("finished_at", message("Færdig")),
)


def owner_label(owner: str, language: Language) -> str:
    """What an owner of data is called, first letter large."""
    parts = [language.text(_OWNERS.get(part, part)) for part in owner.split(" og ")]
    said = language.text("{first} og {second}", first=parts[0], second=parts[1].lower()) if len(parts) == 2 else parts[0]
    return said[:1].upper() + said[1:]


def table_label(name: str, language: Language) -> str:
    """What an input table is called."""
    return language.text(_TABLES[name]) if name in _TABLES else name


def lead_sentences(run: RunView, language: Language) -> list[str]:
    """What came and what was set aside, in three plain sentences."""
    balance, files = run.tables["balance"], run.tables["input_files"]
    rows = language.number(float(balance["rows_in"].sum()), decimals=0)
    used = int((files["status"] == "used").sum())
    came = language.count(
        used, "{n} datafil er brugt. Der kom {rows} rækker ind.", "{n} datafiler er brugt. Der kom {rows} rækker ind.", rows=rows
    )
    aside = int(balance["rows_set_aside"].sum())
    priced = balance["table_name"].isin(_PRICED)
    valued = balance[balance["amount_used"].notna() & ~priced]  # not known only where a viewer may not see it
    second = language.count(
        aside,
        "{n} række er lagt til side. Den indgår ikke i tallene, før den er rettet.",
        "{n} rækker er lagt til side. De indgår ikke i tallene, før de er rettet.",
    )
    if valued["rows_set_aside"].any():
        second = language.count(
            aside,
            "{n} række er lagt til side ({amount}). Den indgår ikke i tallene, før den er rettet.",
            "{n} rækker er lagt til side ({amount}). De indgår ikke i tallene, før de er rettet.",
            amount=language.money(float(valued["amount_set_aside"].sum(skipna=False))),
        )
    refused = int((files["status"] == "refused").sum())
    third = language.count(
        refused, "{n} fil er afvist; se nedenfor, hvad der skal gøres.", "{n} filer er afvist; se nedenfor, hvad der skal gøres."
    )
    return [
        came,
        second if aside else language.text("Ingen rækker er lagt til side."),
        third if refused else language.text("Ingen filer er afvist."),
    ]


def owners_table(run: RunView, language: Language) -> Shown:
    """What was set aside or warned about, by who can mend it."""
    t = language.text
    failed = run.tables["rule_results"].query("rows_failed > 0")
    rows = []
    for owner, part in failed.groupby("owner", sort=True):
        aside, warned = part[part["severity"] != "warning"], part[part["severity"] == "warning"]
        rows.append(
            (
                owner_label(str(owner), language),
                language.number(float(aside["rows_failed"].sum()), decimals=0),
                _worth(aside["amount_failed"], language),
                language.number(float(warned["rows_failed"].sum()), decimals=0),
                _worth(warned["amount_failed"], language),
            )
        )
    unit = language.money_unit
    header = (
        t("Hvem kan rette det"),
        t("Rækker lagt til side"),
        t("Værdi, {unit}", unit=unit),
        t("Rækker med advarsel"),
        t("Værdi, {unit}", unit=unit),
    )
    return Shown(
        t("Det, der skal rettes, fordelt på hvem der kan rette det"), header, tuple(rows), (False, True, True, True, True)
    )


def rules_table(run: RunView, language: Language) -> Shown:
    """Every rule that something failed, the most valuable first."""
    t = language.text
    failed = run.tables["rule_results"].query("rows_failed > 0").copy()
    failed["worth"] = failed["amount_failed"].abs().fillna(0.0)
    failed["rank"] = failed["severity"].map({"blocking": 0, "set_aside": 1, "warning": 2})
    failed = failed.sort_values(["rank", "worth", "rule_id"], ascending=[True, False, True], kind="stable")
    rows = tuple(
        (
            row.rule_id,
            language.pick(row.text_da, row.text_en),
            table_label(row.table_name, language),
            t(_SEVERITIES[row.severity]),
            owner_label(row.owner, language),
            language.number(row.rows_failed, decimals=0),
            NO_FIGURE if row.table_name in _PRICED and row.amount_failed == 0 else _million(row.amount_failed, language),
        )
        for row in rows_of(failed)
    )
    header = (
        t("Regel"), t("Hvad er galt"), t("Data"), t("Hvad sker der"), t("Hvem kan rette det"), t("Rækker"),
        t("Værdi, {unit}", unit=language.money_unit),
    )  # fmt: skip
    return Shown(t("Regler, som noget ikke overholdt"), header, rows, (False, False, False, False, False, True, True))


def balance_table(run: RunView, language: Language) -> Shown:
    """What came is what was used and what was set aside."""
    t = language.text
    unit = language.money_unit
    rows = tuple(
        (
            table_label(row.table_name, language),
            *(language.number(value, decimals=0) for value in (row.rows_in, row.rows_used, row.rows_set_aside)),
            *(
                _million(value, language) if row.amount_in and row.table_name not in _PRICED else NO_FIGURE
                for value in (row.amount_in, row.amount_used, row.amount_set_aside)
            ),
        )
        for row in rows_of(run.tables["balance"])
    )
    header = (
        t("Data"), t("Rækker ind"), t("Brugt"), t("Lagt til side"),
        t("Ind, {unit}", unit=unit), t("Brugt, {unit}", unit=unit), t("Lagt til side, {unit}", unit=unit),
    )  # fmt: skip
    return Shown(t("Afstemning: alt, der kom ind, er brugt eller lagt til side"), header, rows, (False, *([True] * 6)))


def refused_files(run: RunView, language: Language) -> list[tuple[str, str, str]]:
    """Refused files: name, what to do in plain words, and the message of the run."""
    files = run.tables["input_files"]
    found = []
    for row in rows_of(files[files["status"] == "refused"]):
        plain = language.text(REFUSALS[row.reason]) if row.reason in REFUSALS else language.text("Filen er afvist.")
        found.append((row.file_name, plain, _said(row.message)))
    return found


def refused_table(refused: list[tuple[str, str, str]], language: Language) -> Shown:
    """Refused files with what to do."""
    header = (language.text("Fil"), language.text("Hvad skal der gøres"), language.text("Kørslens besked (på engelsk)"))
    return Shown(language.text("Filer, der blev afvist hele"), header, tuple(refused), (False, False, False))


def files_table(run: RunView, language: Language) -> Shown:
    """Every file that the run knew."""
    t = language.text
    files = run.tables["input_files"].sort_values(["table_name", "file_name"], kind="stable")
    rows = tuple(
        (
            row.file_name,
            table_label(row.table_name, language),
            t(_STATUSES[row.status]),
            _period(row),
            *(language.number(value, decimals=0) for value in (row.rows_in, row.rows_used, row.rows_set_aside)),
            NO_FIGURE if row.table_name in _PRICED else _million(row.amount_set_aside, language),
            row.sha256[:12],
        )
        for row in rows_of(files)
    )
    header = (
        t("Fil"), t("Data"), t("Status"), t("Periode"), t("Rækker ind"), t("Brugt"), t("Lagt til side"),
        t("Lagt til side, {unit}", unit=language.money_unit), t("Kontrolsum"),
    )  # fmt: skip
    return Shown(t("Alle filer"), header, rows, (False, False, False, False, True, True, True, True, False))


def lineage_table(run: RunView, language: Language) -> Shown:
    """The run's record: what made these figures, and from what."""
    facts = [(language.text(label), _fact(run, key, language)) for key, label in _FACTS if run.fact(key)]
    rows = [*origin_rows(run, language), *facts]
    header = (language.text("Oplysning"), language.text("Værdi"))
    return Shown(language.text("Hvad tallene er lavet af"), header, tuple(rows), (False, False))


def bridge_table(run: RunView, language: Language) -> Shown | None:
    """From service year to accounting year, line by line, for the newest accounting year; None where the run has none."""
    return _by_frame(run, language, "bridge", _BRIDGE, language.text("Fra ydelsesår til regnskabsår"))


def provider_table(run: RunView, language: Language) -> Shown | None:
    """The provider side (own institutions), kept apart from what the citizens cost; None where the run has none."""
    return _by_frame(run, language, "provider_years", _PROVIDER, language.text("Udførersiden: egne tilbud"))


def _by_frame(run: RunView, language: Language, name: str, lines: dict[str, str], caption: str) -> Shown | None:
    table = run.tables[name]
    if table.empty:
        return None
    newest = int(table["accounting_year"].max())
    part = table[table["accounting_year"] == newest].pivot_table(index="line", columns="member", values="amount", aggfunc="sum")
    rows = tuple(
        (language.text(label), *(_million(float(value), language) for value in part.loc[line].to_numpy()))
        for line, label in lines.items()
        if line in part.index
    )
    header = (language.text("Linje"), *(run.label(language, "frame", str(member)) for member in part.columns))
    unit = language.text(
        "{caption}, regnskabsår {year}, {unit}, løbende priser", caption=caption, year=newest, unit=language.money_unit
    )
    return Shown(unit, header, rows, (False, *(True for _ in part.columns)))


def _fact(run: RunView, key: str, language: Language) -> str:
    if key == "cutoff":
        return language.month(run.cutoff)
    if key in {"started_at", "finished_at"}:
        return f"{language.moment(datetime.fromisoformat(run.fact(key)))} (UTC)"
    return run.fact(key)


def _period(row: object) -> str:
    first, last = _said(getattr(row, "first_period", None)), _said(getattr(row, "last_period", None))
    return first if first == last else f"{first} – {last}"


def _worth(amounts: pd.Series, language: Language) -> str:
    return _million(amounts.abs().sum(min_count=1), language)


def _million(value: float, language: Language) -> str:
    """Amounts here are often small: two decimals of a million."""
    return "" if pd.isna(value) else language.number(float(value) / MILLION, decimals=2)


def _said(text: object) -> str:
    return text if isinstance(text, str) else ""
