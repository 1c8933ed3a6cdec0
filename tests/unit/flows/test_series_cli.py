"""``opdrift forecast`` and ``opdrift backtest``: files, exit codes, schemas; bad series are listed and the others go on."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path

import jsonschema
import pytest
from typer.testing import CliRunner

from flows.cli import cli

ROOT = Path(__file__).parents[3]
SCHEMAS = ROOT / "docs" / "schemas"
HEADER = "series_id,month,cost"


def call(*words: object) -> tuple[int, str, str]:
    done = CliRunner().invoke(cli, [str(word) for word in words])
    return done.exit_code, done.stdout, done.stderr


def month(place: int) -> str:
    return f"{2020 + place // 12}-{place % 12 + 1:02d}-01"


def wave(name: str, n_months: int = 48, level: float = 1000.0) -> list[str]:
    values = (level * (1 + 0.004 * t) * (1 + 0.1 * math.sin(t / 1.9) + 0.02 * ((t * 7919) % 13 - 6) / 6) for t in range(n_months))
    return [f"{name},{month(t)},{value:.2f}" for t, value in enumerate(values)]


def save(folder: Path, lines: list[str], header: str = HEADER) -> Path:
    file = folder / "series.csv"
    file.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return file


def rows_of(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def schema(name: str) -> dict[str, object]:
    return json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))


def test_the_shipped_example_is_forecast_whole(tmp_path: Path) -> None:
    out = tmp_path / "F.csv"
    file = ROOT / "docs" / "examples" / "series" / "services.csv"
    code, printed, said = call("forecast", "--series", file, "--horizon", 24, "--out", out, "--workers", 1)
    assert (code, printed) == (0, ""), said
    assert "2023-12 (the last month with a value" in said
    rows = rows_of(out)
    assert list(rows[0]) == ["series_id", "cutoff", "month", "target", "mean", "q10", "q50", "q90"]
    assert len(rows) == 4 * 2 * 24
    assert {row["target"] for row in rows} == {"cost", "volume"}
    assert (rows[0]["cutoff"], rows[0]["month"], rows[23]["month"]) == ("2023-12", "2024-01-01", "2025-12-01")
    for row in rows:
        assert 0 <= float(row["q10"]) <= float(row["q50"]) <= float(row["q90"])


BAD = {
    "gaps": wave("gaps")[:20] + wave("gaps")[24:],
    "twice": [*wave("twice"), f"twice,{month(3)},1"],
    "again": [*wave("again"), wave("again")[3]],
    "mixed": wave("mixed")[::-1],
    "credit": [*wave("credit")[:40], f"credit,{month(40)},-50", *wave("credit")[41:]],
    "zeros": [f"zeros,{month(t)},0" for t in range(48)],
    "one": [f"one,{month(40)},5"],
    "eleven": [f"eleven,{month(t)},{5 + t % 3}" for t in range(37, 48)],
    "jump": [*wave("jump")[:30], *wave("jump", level=10_000.0)[30:]],
    "words": [*wave("words")[:40], f"words,{month(40)},mange", *wave("words")[41:]],
    "endless": [*wave("endless")[:40], f"endless,{month(40)},inf", *wave("endless")[41:]],
    "ahead": [*wave("ahead"), "ahead,2199-01,5"],
    "early": wave("early")[:-12],
    "sudden": [*wave("sudden")[:-2], *wave("sudden", level=10_000.0)[-2:]],
    "nodate": ["nodate,for nylig,5"],
}
SET_ASIDE = {"twice", "nodate"}


@pytest.fixture(scope="module")
def parade(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, object]]:
    folder = tmp_path_factory.mktemp("parade")
    file = save(folder, [*wave("good"), *(line for lines in BAD.values() for line in lines)])
    code, printed, said = call("forecast", "--series", file, "--horizon", 6, "--out", folder / "F.csv", "--workers", 1, "--json")
    assert code == 4, said
    return folder, json.loads(printed)


def test_bad_series_are_listed_and_the_others_go_on(parade: tuple[Path, dict[str, object]]) -> None:
    folder, found = parade
    jsonschema.validate(found, schema("forecast"))
    assert found["series"] == {**found["series"], "in": 16, "forecast": 14, "set_aside": 2}
    assert {row["series_id"] for row in rows_of(folder / "F.csv")} == {"good", *BAD} - SET_ASIDE
    listed = rows_of(folder / "F.findings.csv")
    assert {row["series_id"] for row in listed} >= set(BAD)
    assert {row["series_id"] for row in listed if row["set_aside"] == "True"} == SET_ASIDE
    assert found["cutoffs"] == ["2023-12"]


def test_forecasts_of_bad_series_are_numbers(parade: tuple[Path, dict[str, object]]) -> None:
    for row in rows_of(parade[0] / "F.csv"):
        numbers = [float(row[name]) for name in ("mean", "q10", "q50", "q90")]
        assert all(math.isfinite(number) and number >= 0 for number in numbers), row
    zeros = [row for row in rows_of(parade[0] / "F.csv") if row["series_id"] == "zeros"]
    assert {float(row["q90"]) for row in zeros} == {0.0}


def test_one_month_that_cant_be_read_is_said_to_be_missing(parade: tuple[Path, dict[str, object]]) -> None:
    codes = {(item["series_id"], item["code"]) for item in parade[1]["findings"]["first"]}
    assert codes >= {("words", "text"), ("endless", "infinite"), ("ahead", "future"), ("credit", "negative"), ("jump", "step")}
    assert codes >= {("early", "ends_early"), ("sudden", "newest_step")}


@pytest.mark.parametrize(
    ("lines", "header", "words", "code", "says"),
    [
        (wave("a"), HEADER, ["--cutoff", "2023-13"], 2, "YYYY-MM"),
        (wave("a"), "id,ds,y", [], 3, "series_id"),
        (["a,x,1"], HEADER, ["--cutoff", "2023-12"], 3, "a: month"),
        (["a,2020-01,"], HEADER, [], 3, "value"),
        (wave("a"), HEADER, ["--cutoff", "2001-01"], 3, "No series"),
        (wave("a"), HEADER, ["--horizon", "0"], 2, "horizon"),
    ],
)
def test_what_ends_the_whole_leaves_the_old_file(
    tmp_path: Path, lines: list[str], header: str, words: list[str], code: int, says: str
) -> None:
    out = tmp_path / "F.csv"
    out.write_text("old")
    file = save(tmp_path, lines, header)
    found, printed, said = call("forecast", "--series", file, "--horizon", 3, "--out", out, "--workers", 1, *words)
    assert (found, printed) == (code, "")
    assert says in said.replace("\n", " ")
    assert out.read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["F.csv", "series.csv"]


def test_a_missing_file_or_folder_is_wrong_use(tmp_path: Path) -> None:
    code, _, said = call("forecast", "--series", tmp_path / "none.csv", "--horizon", 3, "--out", tmp_path / "F.csv")
    assert code == 2
    assert "none.csv" in said
    code, _, said = call("forecast", "--series", save(tmp_path, wave("a")), "--horizon", 3, "--out", tmp_path / "no" / "F.csv")
    assert code == 2
    assert "F" in said


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, object]]:
    folder = tmp_path_factory.mktemp("measured")
    file = save(folder, [*wave("a", 54), *wave("b", 54, 20.0), *[f"same,{month(t)},7" for t in range(54)]])
    words = ["--series", file, "--horizon", 6, "--cutoffs", 2, "--out", folder / "R.json", "--forecasts", folder / "F.csv"]
    code, printed, said = call("backtest", *words, "--workers", 1)
    assert (code, printed) == (0, ""), said
    assert "seasonal_naive" in said
    return folder, json.loads((folder / "R.json").read_text(encoding="utf-8"))


def test_the_report_keeps_its_schema_and_names_every_peer(measured: tuple[Path, dict[str, object]]) -> None:
    report = measured[1]
    jsonschema.validate(report, schema("backtest"))
    assert report["origins"] == ["2022-12", "2023-12"]
    section = report["targets"][0]
    assert list(section["methods"]) == [
        "opdrift", "seasonal_naive", "auto_ets", "auto_theta", "auto_arima", "prophet", "mean_of_ets_theta_arima",
    ]  # fmt: skip
    assert (section["series"], section["cases"], section["left_out"]["no_scale"]) == (3, 6, 2)
    assert set(report["clock"]["seconds"]) == {"choices", *section["methods"]} - {"mean_of_ets_theta_arima"}


def test_backtests_forecasts_are_what_forecast_gives_at_these_cutoffs(measured: tuple[Path, dict[str, object]]) -> None:
    folder, report = measured
    words = ["--cutoff", report["origins"][1], "--cutoff", report["origins"][0], "--out", folder / "again.csv"]
    code, _, _ = call("forecast", "--series", folder / "series.csv", "--horizon", 6, "--workers", 1, *words)
    assert code == 0
    assert (folder / "again.csv").read_bytes() == (folder / "F.csv").read_bytes()


def test_seasonal_naives_figure_in_the_report_is_the_one_worked_out_here(measured: tuple[Path, dict[str, object]]) -> None:
    folder, report = measured
    scores = []
    for name in ("a", "b"):
        values = [float(row["cost"]) for row in rows_of(folder / "series.csv") if row["series_id"] == name]
        for cut in (36, 48):
            past, future = values[:cut], values[cut : cut + 6]
            scale = sum(abs(x - y) for x, y in zip(past[12:], past, strict=False)) / (cut - 12)
            scores.append(sum(abs(x - y) for x, y in zip(future, past[-12:], strict=False)) / 6 / scale)
    assert report["targets"][0]["methods"]["seasonal_naive"]["mase"]["mean"] == pytest.approx(sum(scores) / 4)


def test_equal_runs_give_equal_reports_but_for_the_clock(measured: tuple[Path, dict[str, object]]) -> None:
    folder, report = measured
    words = ["--series", folder / "series.csv", "--horizon", 6, "--cutoffs", 2, "--out", folder / "R2.json", "--workers", 1]
    code, printed, _ = call("backtest", *words, "--json")
    assert code == 0
    second = json.loads(printed)
    for one in (report, second):
        one.pop("clock")
        one.pop("findings_file")
    assert second == report


def test_without_peers_the_report_holds_ours_alone(tmp_path: Path) -> None:
    file = save(tmp_path, [*wave("a", 40), *wave("b", 40)])
    words = ["--horizon", 3, "--cutoff", "2022-12", "--no-peers", "--out", tmp_path / "R.json", "--workers", 1]
    code, _, said = call("backtest", "--series", file, *words)
    report = json.loads((tmp_path / "R.json").read_text(encoding="utf-8"))
    assert code == 0, said
    jsonschema.validate(report, schema("backtest"))
    assert list(report["targets"][0]["methods"]) == ["opdrift"]
    assert report["origins"] == ["2022-12"]


def test_origins_that_dont_fit_are_wrong_use(tmp_path: Path) -> None:
    file = save(tmp_path, wave("a", 30))
    words = ["--horizon", 24, "--cutoffs", 3, "--step", 12, "--out", tmp_path / "R.json"]
    code, _, said = call("backtest", "--series", file, *words)
    assert code == 2
    assert "too few" in said
    assert not (tmp_path / "R.json").exists()
