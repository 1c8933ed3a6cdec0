"""The night after: what has not changed is not fitted, what has is fitted alone, and a broken choice costs a longer night only."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from data.choice_file import choice_file
from data.mart import Mart
from data.settings import Paths
from flows.journal import read_attempts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def paths_of(opdrift: Any) -> Paths:
    return Paths(home=opdrift.home, secrets=opdrift.secrets)


def night(opdrift: Any) -> Mart:
    done = opdrift("run")
    assert done.returncode == 0, done.stderr
    return Mart.open(paths_of(opdrift))


def put_revised(file: Path, put_months: Callable[..., None]) -> None:
    """One service's cost of one month is corrected; its volume and the other services stay."""
    put_months(file)
    lines = file.read_text(encoding="utf-8").splitlines()
    (place,) = [number for number, line in enumerate(lines) if line.startswith("151;bostoette;2026-12")]
    fields = lines[place].split(";")
    fields[4] = f"{float(fields[4].replace(',', '.')) * 1.05:.2f}".replace(".", ",")
    lines[place] = ";".join(fields)
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_only_the_changed_series_is_fitted_and_a_broken_choice_is_said(tiny: Any, put_months: Callable[..., None]) -> None:
    first = night(tiny)
    assert first.record("model_choice_work") == {"reused": 0, "refitted": 0, "renewed": 6}
    kept = json.loads(choice_file(paths_of(tiny)).read_text(encoding="utf-8"))
    assert kept["digest"] == first.record("model_choice")["digest"]  # type: ignore[index]

    file = tiny.home / "inbox" / "case_months.csv"
    put_revised(file, put_months)
    second = night(tiny)
    assert second.record("model_choice_work") == {"reused": 5, "refitted": 1, "renewed": 0}
    assert "5 series reused, 1 refitted, 0 renewed" in read_attempts(paths_of(tiny))[-1].message
    table = second.table("model_choice")
    assert table.loc[table["path_made"] == "refitted", ["service", "measure"]].to_numpy().tolist() == [["bostoette", "unit_cost"]]
    before = first.table("model_choice")
    assert table["forms"].tolist() == before["forms"].tolist()

    (tiny.home / "settings.toml").write_text("language = 'da'\njump_pct = 49\n", encoding="utf-8")
    third = night(tiny)
    assert third.record("model_choice_work") == {"reused": 6, "refitted": 0, "renewed": 0}
    assert third.record("model_choice") == second.record("model_choice")
    assert third.table("draws").astype(str).equals(second.table("draws").astype(str))
    assert third.table("model_choice").astype(str).equals(table.astype(str))

    broken = choice_file(paths_of(tiny))
    broken.write_bytes(broken.read_bytes()[:-100])
    (tiny.home / "settings.toml").write_text("jump_pct = 48\n", encoding="utf-8")
    fourth = night(tiny)
    assert fourth.record("model_choice_work") == {"reused": 0, "refitted": 0, "renewed": 6}
    assert "model_choice_renewed" in set(fourth.table("notices")["notice_id"])
    assert json.loads(broken.read_text(encoding="utf-8"))["digest"] == fourth.record("model_choice")["digest"]  # type: ignore[index]

    whole = broken.read_bytes()
    done = tiny("run", "--as-of", "2026-06-30")
    assert done.returncode == 0, done.stderr
    assert broken.read_bytes() == whole, "a look back keeps no choice"


def test_eight_series_or_more_are_fitted_by_a_pool_inside_the_flow(tiny: Any, put_months: Callable[..., None]) -> None:
    """Processes are started from within Prefect, bounded by the setting, and give the same figures as one."""
    put_many(tiny.home / "inbox" / "case_months.csv", put_months)
    (tiny.home / "settings.toml").write_text("workers = 2\n", encoding="utf-8")
    pooled = night(tiny)
    choice_file(paths_of(tiny)).unlink()
    (tiny.home / "settings.toml").write_text("workers = 1\njump_pct = 49\n", encoding="utf-8")
    alone = night(tiny)
    assert alone.record("model_choice_work") == pooled.record("model_choice_work") == {"reused": 0, "refitted": 0, "renewed": 10}
    assert alone.record("model_choice") == pooled.record("model_choice")


def put_many(file: Path, put_months: Callable[..., None]) -> None:
    put_months(file)
    header, *lines = file.read_text(encoding="utf-8").splitlines()
    more = [
        line.replace(";bostoette;", f";{service};") for service in ("hjemmehjaelp", "ledsagelse") for line in lines if "bostoette" in line
    ]
    file.write_text("\n".join([header, *lines, *more]) + "\n", encoding="utf-8")
