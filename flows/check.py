"""``opdrift check``: what a run would refuse or set aside, found in a home that is thrown away; nothing is kept or changed."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import tomlkit

from data.errors import FileRefused, WrongUse
from data.input_files import list_input_files
from data.input_state import is_ignored
from data.landing import land
from data.mapping import find_rule, load_mappings
from data.settings import Paths
from data.staging import stage
from data.warehouse import open_warehouse
from expectations import validate
from flows.check_places import add_places, refuse_among_inputs, told_places, write_places
from flows.progress import progress_bars
from flows.status import describe_checked
from flows.words import amount, whole

if TYPE_CHECKING:
    from data.mapping import Mapping
    from data.settings import Settings

_FIRST_OF_ALL = 99


def check_files(target: Path, settings: Settings, *, profile: str | None = None, rows: Path | None = None) -> dict[str, Any]:
    """Validate a file, or every file of a folder, as a run would, with keys that are thrown away.

    Args:
        target: A file or a folder.
        settings: Municipality, limits, and the home whose mappings are used.
        profile: Read every file by the mapping of this name.
        rows: Where every row that breaks a rule is written to, by file and row number; None: nowhere.

    Returns:
        By ``docs/schemas/check.json``; ``exit_code`` is 0, 4 (rows or files would be set aside) or 3 (a run would publish
        nothing).

    Raises:
        WrongUse: ``target`` is not there, no mapping has that name, or ``rows`` can't be written or lies among the files.
    """
    if not target.exists():
        what = f"There is no file or folder {target.name}"
        raise WrongUse(what, where=str(target), remedy="Give the path of an export, or of a folder of them")
    mapping = None if profile is None else _mapping(settings, profile)
    if rows is not None:
        refuse_among_inputs(rows, target)
    with TemporaryDirectory(prefix="opdrift-check-") as folder:
        paths = Paths(home=Path(folder, "home"), secrets=Path(folder, "keys"))
        paths.inbox.mkdir(parents=True)
        refused = _bring(target, paths, mapping)
        if settings.paths.sources.is_dir():
            shutil.copytree(settings.paths.sources, paths.sources)
        if mapping is not None:
            _put_first(mapping, paths)
        return _checked(replace(settings, paths=paths, archive=False), refused, rows)


def _mapping(settings: Settings, name: str) -> Mapping:
    mappings = load_mappings(settings.paths)
    for mapping in mappings:
        if mapping.name == name:
            return mapping
    what = f"No mapping is called '{name}'"
    raise WrongUse(what, where="--profile", remedy=f"Use one of {sorted(mapping.name for mapping in mappings)}")


def _bring(target: Path, paths: Paths, mapping: Mapping | None) -> list[dict[str, str]]:
    """Copy the files into the throwaway inbox; give those that the chosen mapping knows no pattern for."""
    base = target if target.is_dir() else target.parent
    found = sorted(file for file in target.rglob("*") if file.is_file()) if target.is_dir() else [target]
    refused = []
    for file in found:
        name = file.relative_to(base)
        if target.is_dir() and any(is_ignored(part) for part in name.parts):
            continue
        try:
            if mapping is not None:
                find_rule([mapping], file.name)
        except FileRefused as refusal:
            refused.append({"file_name": name.as_posix(), "reason": refusal.reason, "message": str(refusal)})
            continue
        (paths.inbox / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, paths.inbox / name)
    return refused


def _put_first(mapping: Mapping, paths: Paths) -> None:
    text = tomlkit.parse(mapping.path.read_text(encoding="utf-8"))
    text["mapping"]["precedence"] = _FIRST_OF_ALL
    paths.sources.mkdir(exist_ok=True)
    for file in paths.sources.glob("*.toml"):
        if file.name == mapping.path.name:
            file.unlink()
    (paths.sources / mapping.path.name).write_text(tomlkit.dumps(text), encoding="utf-8")


def _checked(settings: Settings, refused: list[dict[str, str]], rows: Path | None) -> dict[str, Any]:
    with progress_bars() as bars, open_warehouse(settings) as con:
        tick = bars.begin("Reading")
        outcomes = land(con, settings, progress=lambda _name, done, total: tick(done, total), pause=lambda _seconds: None)
        refused += [
            {"file_name": item.file_name, "reason": item.reason, "message": item.message}
            for item in outcomes
            if item.status == "refused"
        ]
        stage(con, settings)
        tick = bars.begin("Checking the rules")
        report = validate(con, settings, progress=lambda _step, done, total: tick(done, total))
        files = list_input_files(con, min_citizens=settings.min_citizens)
        found = describe_checked(report.rule_results, report.balance, files, settings=settings)
        add_places(con, found)
        if rows is not None:
            write_places(con, rows)
    landed = [item for item in outcomes if item.status != "refused"]
    aside = found["rows"]["set_aside"]
    code = 3 if report.blocking or not landed else 4 if aside or refused else 0
    return {"exit_code": code, "refused_files": refused, "blocking": list(report.blocking), **found}


def told(found: dict[str, Any]) -> str:
    """What was found, in plain words."""
    lines = []
    for row in found["files"]:
        has_money = row["amount_in"] is not None
        worth = f", {amount(row['amount_in'], found['currency'])}" if has_money else ""
        aside = f"; {whole(row['rows_set_aside'])} would be set aside" if row["rows_set_aside"] else ""
        lines.append(f"{row['file_name']}: {row['table_name']} by '{row['mapping']}', {whole(row['rows_in'])} rows{worth}{aside}")
    lines += [f"Refused:   {row['file_name']} ({row['reason']}): {row['message']}" for row in found["refused_files"]]
    for kind, word in (("set_aside", "Set aside"), ("warnings", "Warning")):
        for row in found[kind]:
            where = f"{row['rule_id']} in {row['table_name']} ({row['owner']})"
            worth = f", {amount(row['amount'], found['currency'])}" if row["amount"] else ""
            lines.append(f"{word + ':':<10} {where}: {whole(row['rows'])} rows{worth}. {row['text']}")
            lines += _where(row)
    lines += [f"Blocking:  {sentence}" for sentence in found["blocking"]]
    lines += [line for row in found["stopping"] for line in _where(row)]
    lines.append(_VERDICT[found["exit_code"]] + " Nothing was kept or changed.")
    return "\n".join(lines)


def _where(row: dict[str, Any]) -> list[str]:
    """The line beneath a rule that says where its failures stand."""
    places = told_places(row)
    return [f"{'':<10} {row['rule_id']}: {places}"] if places else []


_VERDICT = {
    0: "All of it would be used.",
    4: "A run would use the rest and set this aside.",
    3: "A run on these files alone would publish nothing.",
}
