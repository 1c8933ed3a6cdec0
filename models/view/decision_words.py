"""What is entered in the register of decided cases, in words: choices of the forms, and why something was refused."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from models.view.language import message

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from models.view.language import Language
    from models.view.run import RunView

_MONTHS_BACK = 36
_REFUSED = {
    "unsigned": message("Skriv, hvem der ejer sagen, og dine initialer (højst 120 tegn). Uden dem kan ingen svare for den."),
    "cpr": message("Teksten ligner et cpr-nummer. Personnumre må ikke gemmes; skriv det uden nummeret."),
    "text": message(
        "Teksten indeholder kode eller en formel, eller den er for lang. Den vises for andre: skriv med almindelige ord."
    ),
    "no_month": message("Måneden kan ikke læses. Skriv den som 2027-03."),
    "decided_already": message(
        "Sagen er allerede besluttet på denne kørsel. Find den i registret, eller ret sagen, hvis det er en anden."
    ),
    "no_decision": message("Beslutningen findes ikke i registret. Vælg en fra listen."),
    "started_before": message(
        "Indsatsen begynder før beslutningen eller i en måned, kørslen allerede kender. Så ville dens virkning være med i det, "
        "den skal måles mod. Vælg en senere måned."
    ),
    "not_started": message("Indsatsen er ikke begyndt endnu. Skriv først, hvornår den begyndte."),
    "before_start": message("Måneden ligger før indsatsens start. Ret den ene af dem."),
    "number": message("Antallet kan ikke være rigtigt. Skriv, hvor mange borgere der begyndte i måneden."),
    "hidden_service": message(
        "Sagen rammer en indsats, der er skjult af hensyn til borgerne, eller som kørslen ikke har. Så kan intet følges op. "
        "Vælg blandt de viste indsatser."
    ),
    "comparison": message("Indsatsen til sammenligning er en, sagen selv ændrer. Vælg en, den ikke kan røre."),
    "not_yet": message("Beslutningens dag ligger i fremtiden. Skriv sagen ind, når den er besluttet."),
    "not_kept": message("Der kan ikke skrives i registret lige nu. Se efter, om der er plads på serveren, og prøv igen."),
    "role": message("Kun budgetmedarbejdere og administratorer kan skrive i registret."),
}  # fmt: skip


def refused_text(error: Exception, language: Language) -> str:
    """Why something was not entered, and what to do; nothing that somebody wrote is repeated.

    Example:
        >>> from data.decision_store import DecisionRefused
        >>> from models.view.language import Language
        >>> refused_text(DecisionRefused("The day has not come yet", code="not_yet"), Language("da"))
        'Intet er gemt. Beslutningens dag ligger i fremtiden. Skriv sagen ind, når den er besluttet.'
    """
    known = _REFUSED.get(getattr(error, "code", ""))
    unknown = message("Registret kunne ikke læses eller skrives ({kind}). Bed den driftsansvarlige køre »opdrift doctor«.")
    why = language.text(known) if known else language.text(unknown, kind=type(error).__name__)
    return language.text("Intet er gemt.") + " " + why


def months_ahead(run: RunView) -> list[str]:
    """Months in which a measure may begin: those that the run does not know yet."""
    return [f"{month:%Y-%m}" for month in run.baseline.months]


def months_told(run: RunView) -> list[str]:
    """Months of which something may be told: the newest years and those ahead, the newest known month first."""
    known = sorted({f"{month:%Y-%m}" for month in run.tables["actual_months"]["month"]})[-_MONTHS_BACK:]
    return [*reversed(known), *months_ahead(run)]


def month_label(month: str, language: Language) -> str:
    """A month in words.

    Example:
        >>> from models.view.language import Language
        >>> month_label("2027-03", Language("da"))
        'marts 2027'
    """
    return language.month(date.fromisoformat(f"{month}-01"))


def decisions(report: Mapping[str, Any] | None) -> dict[str, str]:
    """Id -> name of the decided cases of the report; decided savings of the budget are not entered here."""
    lines: Sequence[Mapping[str, Any]] = report["cases"] if report else ()
    return {str(line["decision_id"]): str(line["name"]) for line in lines if line["source"] == "case"}
