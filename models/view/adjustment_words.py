"""Staff's adjustments as they are entered on the page: choices, what waits for the next run, why something was refused."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from models.view.adjustment_tables import KINDS, adjustment_cells
from models.view.language import message
from models.view.run import rows_of
from models.view.tables import Shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from models.view.language import Language
    from models.view.run import RunView

_LATER = "adjustments_later"
"""The notice of what was entered after a run's as-of day."""
_DAYS = ("effective_from", "effective_to", "entered_on", "withdrawn_on")
_TOLD = (
    "kind", "frame", "service", "effective_from", "effective_to", "amount_dkk", "amount_per", "change_pct", "price_level",
    "among_expected", "reason", "who", "entered_on", "withdrawn_on", "withdrawn_by", "withdrawn_reason",
)  # fmt: skip
_REFUSED = {
    ("missing", "reason"): message("Skriv en begrundelse. Den vises for andre."),
    ("missing", "who"): message("Skriv dine initialer. Uden dem kan ingen svare for hændelsen."),
    ("missing", "effective_from"): message("Vælg den dag, hændelsen begynder."),
    ("cpr", ""): message("Teksten ligner et cpr-nummer. Personnumre må ikke gemmes; skriv det uden nummeret."),
    ("name", ""): message("Begrundelsen ligner et personnavn. Navne må ikke gemmes; skriv det uden navnet."),
    ("text", ""): message("Teksten indeholder kode eller en formel, eller den er for lang. Skriv med almindelige ord."),
    ("form", "reason"): message("Begrundelsen skal være på 3 til 300 tegn, uden semikolon og linjeskift."),
    ("form", "who"): message("Initialer er 2 til 40 tegn: bogstaver, tal, mellemrum, komma, punktum og bindestreg."),
    ("bounds", "amount_dkk"): message("Beløbet kan ikke være rigtigt. Skriv det i kroner, højst en milliard."),
    ("bounds", "change_pct"): message("Ændringen skal ligge mellem −50 og 100 procent."),
    ("bounds", ""): message("Datoen kan ikke være rigtig."),
    ("amount", ""): message("Skriv enten et beløb eller en ændring i procent, ikke begge."),
    ("order", ""): message("Sidste dag ligger før første dag. Byt dem om, eller lad sidste dag være tom."),
    ("nowhere", ""): message("Vælg den ramme eller indsats, hændelsen gælder."),
    ("place", ""): message("Rammen eller indsatsen findes ikke i den nyeste kørsel. Vælg en fra listen."),
    ("no_such", ""): message("Hændelsen findes ikke på listen. Står den i en fil, trækkes den tilbage i filen."),
    ("withdrawn_already", ""): message("Hændelsen er allerede trukket tilbage."),
    ("not_kept", ""): message("Der kan ikke skrives lige nu. Se efter, om der er plads på serveren, og prøv igen."),
    ("role", ""): message("Kun budgetmedarbejdere og administratorer kan skrive hændelser."),
}


def refused_text(error: Exception, language: Language) -> str:
    """Why something was not entered, and what to do; nothing that somebody wrote is repeated.

    Example:
        >>> from data.adjustment_store import AdjustmentRefused
        >>> from models.view.language import Language
        >>> refused_text(AdjustmentRefused("--from is missing", code="missing", column="effective_from"), Language("da"))
        'Intet er gemt. Vælg den dag, hændelsen begynder.'
    """
    code, column = getattr(error, "code", ""), getattr(error, "column", "")
    known = _REFUSED.get((code, column)) or _REFUSED.get((code, ""))
    unknown = message("Hændelserne kunne ikke læses eller skrives ({kind}). Bed den driftsansvarlige køre »opdrift doctor«.")
    why = language.text(known) if known else language.text(unknown, kind=type(error).__name__)
    return language.text("Intet er gemt.") + " " + why


def kinds(language: Language) -> dict[str, str]:
    """Kinds of event, by their word in the contract."""
    return {kind: language.text(label) for kind, label in KINDS.items()}


def places(language: Language, run: RunView) -> dict[tuple[str, str], str]:
    """Where an event may stand: every frame, then its services."""
    services = run.tables["services"]
    found: dict[tuple[str, str], str] = {}
    for frame in sorted(set(services["frame"].astype(str)), reverse=True):
        name = run.label(language, "frame", frame)
        found["frame", frame] = language.text("Hele rammen: {name}", name=name)
        for service in services.loc[services["frame"] == frame, "service"].astype(str):
            found["service", service] = run.label(language, "service", service)
    return found


def begins_in_data(run: RunView, first: date) -> bool:
    """Whether an event begins in a month that the run already has: then it counts only where it says that it is not there."""
    return (first.year, first.month) <= (run.cutoff.year, run.cutoff.month)


def waiting(run: RunView, entered: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What was entered or withdrawn since the run, as the record has it, with its standing.

    Args:
        run: The run that is shown.
        entered: Every entry of the record (``data.adjustment_store.read_adjustments``).
    """
    table = run.tables["staff_adjustments"]
    read = dict(zip(table["adjustment_id"].astype(str), table["standing"].astype(str), strict=True))
    found, as_of = [], run.fact("as_of")
    for row in entered:
        standing, gone = read.get(str(row["adjustment_id"])), bool(row.get("withdrawn_on"))
        if standing is not None and (not gone or standing == "withdrawn"):
            continue
        coming = "after_as_of" if as_of and str(row["entered_on"]) > as_of else "next_run"
        word = coming if not gone else ("withdrawn" if standing is None else "leaves")
        found.append(dict(row) | {"standing": word})
    return found


def waiting_table(language: Language, run: RunView, rows: Sequence[Mapping[str, Any]], caption: str) -> Shown | None:
    """What waits for the next run; None where nothing does."""
    if not rows:
        return None
    t = language.text
    header = (t("Gælder"), t("Slags"), t("I kraft"), t("Skrevet som"), t("Begrundelse"), t("Af"), t("Status"))
    body = []
    for row in rows:
        cells = adjustment_cells(language, run, _facts(row), "")
        body.append((*cells[:4], *cells[5:]))
    return Shown(caption, header, tuple(body), (False,) * len(header))


def _facts(row: Mapping[str, Any]) -> dict[str, Any]:
    """An entry of the record with what a run publishes of it: days as days, the usual period where none is said."""
    facts = {name: row.get(name) for name in _TOLD} | {"standing": row["standing"]}
    days = {name: date.fromisoformat(row[name]) for name in _DAYS if row.get(name)}
    return facts | days | {"amount_per": facts["amount_per"] or ("once" if facts["kind"] == "one_off" else "year")}


def reasons_of(entered: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Why those that were withdrawn on the page were, by id."""
    return {str(row["adjustment_id"]): str(row["withdrawn_reason"]) for row in entered if row.get("withdrawn_reason")}


def open_entries(language: Language, run: RunView, entered: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Those that can be withdrawn: id -> where it stands, from when, and why."""
    return {
        str(row["adjustment_id"]): language.text(
            "{place} fra {day}: {reason}",
            place=run.label(language, "service", row["service"]) if row.get("service") else _frame(language, run, row),
            day=language.day(date.fromisoformat(row["effective_from"])),
            reason=row["reason"],
        )
        for row in entered
        if not row.get("withdrawn_on")
    }


def _frame(language: Language, run: RunView, row: Mapping[str, Any]) -> str:
    return run.label(language, "frame", str(row["frame"]))


def later_note(language: Language, run: RunView) -> str | None:
    """How many events the run leaves out since they were entered after its as-of day; None where none was."""
    notices = run.tables["notices"]
    said = [language.pick(row.text_da, row.text_en) for row in rows_of(notices[notices["notice_id"] == _LATER])]
    return said[0] if said else None


def nothing_entered(language: Language, year: int) -> str:
    """What the part of the page is for, where nothing stands in it."""
    return language.text(
        "Her står hændelser, som økonomi kender, men som endnu ikke er i data: en ny placering, en ny takst eller en regning, "
        "der kommer. Der er ingen for {year}.",
        year=year,
    )
