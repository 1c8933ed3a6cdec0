"""Where figures come from, in words: the foot of every page, the end of every file that is taken away."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from models.view.run import price_level_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.view.language import Language
    from models.view.run import RunView

_SHORT = 12
"""Digits of a checksum where there is no room for all 64."""


def footer(run: RunView, language: Language) -> str:
    """Say on every page what its figures rest on, in a line."""
    t, origin = language.text, run.origin
    files, rules = origin.files_sha256[:_SHORT], origin.rules_sha256[:_SHORT]
    parts = [
        t("Resultater er skøn."),
        t("Kørsel {run}", run=run.run_id),
        t("data til og med {month}", month=language.month(run.cutoff)),
        language.count(origin.files, "{n} datafil (kontrolsum {digest})", "{n} datafiler (kontrolsum {digest})", digest=files),
        language.count(origin.rows["used"], "{n} række brugt", "{n} rækker brugt"),
        language.count(origin.rules, "{n} regel (kontrolsum {digest})", "{n} regler (kontrolsum {digest})", digest=rules),
    ]
    if run.code_version:
        parts.append(t("kode {version}", version=run.code_version))
    parts.append(_model(run, language, _SHORT))
    parts.append(t("forudsætninger: {text}", text=_assumptions(run, language, _SHORT)))
    return " · ".join(parts)


def in_a_line(run: RunView, language: Language) -> str:
    """Which run and which data, as a picture says it that is taken away; the run's name leads to all the rest."""
    t = language.text
    return ", ".join((t("Kørsel {run}", run=run.run_id), t("data til og med {month}", month=language.month(run.cutoff))))


def origin_rows(run: RunView, language: Language) -> list[tuple[str, str]]:
    """The same for a file: what and its value, with checksums in full.

    Args:
        run: The run whose figures stand in the file.
        language: Words.
    """
    t, origin = language.text, run.origin
    given, used, aside = (language.number(origin.rows[name], decimals=0) for name in ("in", "used", "set_aside"))
    rules = language.number(origin.rules, decimals=0)
    dirty = t(", med ændringer, der ikke er gemt") if origin.code["git_dirty"] else ""
    found = [
        (t("Kørsel"), run.run_id),
        (t("Offentliggjort"), "" if run.finished is None else language.moment(run.finished)),
        (t("Data til og med"), language.month(run.cutoff)),
        (t("Kontrolsum over kørslens tabeller"), origin.tables),
        (t("Datafiler brugt"), language.number(origin.files, decimals=0)),
        (t("Kontrolsum af datafiler"), origin.files_sha256),
        (t("Rækker"), t("{given} læst, {used} brugt, {aside} lagt til side", given=given, used=used, aside=aside)),
        (t("Regler"), t("{n} regler, kontrolsum {digest}", n=rules, digest=origin.rules_sha256)),
        (t("Kode"), run.code_version + dirty),
        (t("Kodens fulde commit"), run.fact("git_commit")),
        (t("Model"), _model(run, language, None)),
        (t("Forudsætninger"), _assumptions(run, language, None)),
    ]
    return [(name, value) for name, value in found if value]


def origin_of_all(runs: Sequence[RunView], language: Language) -> list[tuple[str, str]]:
    """The rows of every run whose figures stand side by side, each run once."""
    once = {run.run_id: run for run in runs}
    return [row for run in once.values() for row in origin_rows(run, language)]


def _model(run: RunView, language: Language, digits: int | None) -> str:
    choice, engine = run.origin.model["choice"], run.origin.model["engine"]
    if choice is None:
        return language.text("modelvalg ikke noteret")
    said = language.text("modelvalg {digest}", digest=choice[:digits])
    return said if digits is not None or engine is None else f"{said} ({engine})"


def _assumptions(run: RunView, language: Language, digits: int | None) -> str:
    assumed, t = run.origin.assumptions, language.text
    parts = [
        price_level_text(language, run.price_level),
        t("{n} beregnede forløb", n=language.number(int(assumed["n_draws"] or 0), decimals=0)),
        t("startværdi {seed}", seed=assumed["seed"]),
    ]
    if assumed["as_of"]:
        parts.append(t("som kendt {day}", day=assumed["as_of"]))
    settings = assumed["settings_sha256"]
    parts.append(t("indstillinger {digest}", digest=settings[:digits]) if settings else t("indstillinger ikke noteret"))
    if basis := assumed["legal_basis"]:
        named = {"basis": basis["text"].rstrip("."), "signed": basis["signed"]}
        day = language.day(date.fromisoformat(basis["decided"]))
        parts.append(t("kendte borgere fremskrevet efter hjemlen: {basis} ({signed}, {day})", **named, day=day))
    return ", ".join(parts)
