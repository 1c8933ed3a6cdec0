"""Where the figures of an answer come from: in every JSON object that holds published figures, and a line beside their words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from data.mart import Mart
from flows.words import whole
from models.origin import TABLES, Origin

if TYPE_CHECKING:
    from data.settings import Paths

_SHORT = 12


def origin_of(mart: Mart) -> dict[str, Any]:
    """What stands behind the figures of one run, by ``origins`` of ``docs/schemas``."""
    with mart.held():
        return Origin.of(mart.run_id, mart.facts(), {name: mart.table(name) for name in TABLES}).to_dict()


def origins(paths: Paths, *run_ids: str) -> list[dict[str, Any]]:
    """The same for every run that an answer rests on, each once, in the order given.

    Args:
        paths: Home.
        run_ids: Published runs.

    Raises:
        NoPublishedRun: One of them is no longer published.
    """
    return [origin_of(Mart.open(paths, run_id)) for run_id in dict.fromkeys(run_ids)]


def origin_lines(found: dict[str, Any]) -> list[str]:
    """A line for each run that an answer names under ``origins``."""
    return [_line(origin) for origin in found.get("origins", [])]


def _line(origin: dict[str, Any]) -> str:
    files, rows, rules, code, model = (origin[name] for name in ("files", "rows", "rules", "code", "model"))
    assumed = origin["assumptions"]
    commit = f"{code['version'] or ''} {_short(code['git_commit'])}" + " with changes" * bool(code["git_dirty"])
    known = f", as of {assumed['as_of']}" if assumed["as_of"] else ""
    basis = assumed["legal_basis"]
    said = [
        f"run {origin['run_id']} (tables {_short(origin['tables_sha256'])}), data to {origin['cutoff'][:7]}",
        f"{whole(files['count'])} files {_short(files['sha256'])}",
        f"{whole(rows['used'])} of {whole(rows['in'])} rows",
        f"{whole(rules['count'])} rules {_short(rules['sha256'])}",
        f"code {commit}",
        f"model choice {_short(model['choice'])}",
        f"assumptions {assumed['price_level']}, {assumed['n_draws']} draws, seed {assumed['seed']}{known}",
        f"settings {_short(assumed['settings_sha256'])}",
        *([f"known citizens on {basis['text']} ({basis['signed']}, {basis['decided']})"] if basis else []),
    ]
    return f"Where from: {'; '.join(said)}."


def _short(checksum: str | None) -> str:
    return (checksum or "not noted")[:_SHORT]
