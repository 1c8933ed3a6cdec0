"""Where a run's figures come from, in one piece for page, download and answer: files, rows, rules, code, model, assumptions."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from data.digest import files_digest, rules_digest

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

TABLES = ("input_files", "rule_results", "balance")
"""What :meth:`Origin.of` reads beside the record."""
_ROWS = ("in", "used", "set_aside")
_CODE = ("version", "git_commit", "git_dirty", "code_digest", "lock_digest")
_ASSUMED = ("price_level", "currency", "seed", "n_draws", "as_of")


@dataclass(frozen=True)
class Origin:
    """What stands behind every figure of one published run.

    Attributes:
        run_id: The run.
        cutoff: Last month of data, YYYY-MM-DD.
        tables: SHA-256 over the published tables, as the log of what was done has it; empty where the run doesn't say.
        files: How many files were used.
        files_sha256: SHA-256 over theirs, as the log has it.
        rows: Rows ``in``, ``used`` and ``set_aside``, of all tables.
        rules: How many rules were checked.
        rules_sha256: SHA-256 over what they say, as docs/rules.md has it.
        code: ``version``, ``git_commit``, ``git_dirty``, ``code_digest``, ``lock_digest``; None for what the run doesn't say.
        model: ``choice`` (digest of the forms and weights chosen per series), ``cutoff``, ``engine``; None likewise.
        assumptions: Price level, currency, seed, draws, as-of day, ``settings_sha256`` over the municipality's settings, and
            ``legal_basis`` (``text``, ``decided``, ``signed``) on which single citizens were rolled forward; None where they
            were not, or nobody's basis is needed (the synthetic sample).
    """

    run_id: str
    cutoff: str
    tables: str
    files: int
    files_sha256: str
    rows: Mapping[str, int]
    rules: int
    rules_sha256: str
    code: Mapping[str, Any]
    model: Mapping[str, str | None]
    assumptions: Mapping[str, Any]

    @classmethod
    def of(cls, run_id: str, record: Mapping[str, object], tables: Mapping[str, pd.DataFrame]) -> Origin:
        """Compose it.

        Args:
            run_id: The run's name.
            record: Facts of the run record.
            tables: The published ones named in ``TABLES``.
        """
        files, rules, balance = (tables[name] for name in TABLES)
        used = set(files.loc[files["status"] == "used", "sha256"])
        said = rules[["rule_id", "table_name", "text_en"]].itertuples(index=False, name=None)
        choice = record.get("model_choice")
        chosen: Mapping[str, str] = choice if isinstance(choice, dict) else {}
        engine = record.get("model_choice_code")
        settings = record.get("settings")
        rolled = bool(record.get("known_citizens"))
        basis = settings.get("known_citizens") if rolled and isinstance(settings, dict) else None
        return cls(
            run_id=run_id,
            cutoff=str(record.get("cutoff") or ""),
            tables=str(record.get("digest") or ""),
            files=len(used),
            files_sha256=files_digest(used),
            rows={name: int(balance[f"rows_{name}"].sum()) for name in _ROWS},
            rules=int(rules["rule_id"].nunique()),
            rules_sha256=rules_digest(said),
            code={name: record.get(name) for name in _CODE},
            model={
                "choice": chosen.get("digest"),
                "cutoff": chosen.get("cutoff"),
                "engine": None if engine is None else str(engine),
            },
            assumptions={name: record.get(name) for name in _ASSUMED}
            | {"settings_sha256": None if settings is None else _settings_digest(settings), "legal_basis": basis},
        )

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON has it (``origins`` of docs/schemas)."""
        return {
            "run_id": self.run_id,
            "cutoff": self.cutoff,
            "tables_sha256": self.tables,
            "files": {"count": self.files, "sha256": self.files_sha256},
            "rows": dict(self.rows),
            "rules": {"count": self.rules, "sha256": self.rules_sha256},
            "code": dict(self.code),
            "model": dict(self.model),
            "assumptions": dict(self.assumptions),
        }


def _settings_digest(settings: object) -> str:
    return sha256(json.dumps(settings, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
