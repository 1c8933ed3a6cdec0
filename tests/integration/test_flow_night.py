"""One night from inbox to published run through the command line, and the night after."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import jsonschema
import pandas as pd
import pytest
from disclosure_attacker import WITHIN, answers_of_hidden, attack, equations_of, small_counts
from disclosure_tables import points_told, without_twin
from scenario_worlds import hidden_pairs, told_apart

from data.audit_log import read_log
from data.choice_file import choice_file
from data.cpr import holds_cpr
from data.mart import Mart, digest
from data.restricted import read_restricted
from data.schema import PUBLISHED
from data.settings import Paths, read_settings, usable_cores
from expectations.rules import rules_version
from flows.journal import read_attempts
from flows.steps import ORDER
from models.forecast.fitting import FEW_SERIES

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

SCHEMAS = Path(__file__).parents[2] / "docs" / "schemas"


@pytest.fixture
def tiny(tiny: Any, kept_server: Callable[[Any], Any]) -> Any:
    """Its runs use a server that is there, as under ``opdrift serve``; the sample's own run starts one."""
    return kept_server(tiny)


def mart_of(opdrift: Any) -> Mart:
    return Mart.open(Paths(home=opdrift.home, secrets=opdrift.secrets))


def status_of(opdrift: Any) -> dict[str, Any]:
    done = opdrift("status", "--json")
    found = json.loads(done.stdout)
    jsonschema.validate(found, json.loads((SCHEMAS / "status.json").read_text(encoding="utf-8")))
    assert done.returncode == (3 if found["run"] is None else 0)
    return found


def contents(home: Path) -> dict[str, str]:
    """Every file of a home and what is in it; the journal of Prefect's database apart."""
    return {
        str(file.relative_to(home)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in home.rglob("*")
        if file.is_file() and not file.name.endswith((".db", "-wal", "-shm"))
    }


def test_a_clean_sample_is_published_and_said(published: tuple[Any, subprocess.CompletedProcess[str]]) -> None:
    opdrift, done = published
    assert done.returncode == 0, done.stderr
    assert done.stdout == "", "words for people go to stderr"
    run_id = mart_of(opdrift).run_id
    for said in (run_id, "36 months (2024-01 to 2026-12)", "set aside", "Worst year", "opdrift app"):
        assert said in done.stderr
    assert re.search(r"2027 +[\d,.]+ m DKK +\([\d,.]+ m DKK to [\d,.]+ m DKK\)", done.stderr)
    assert "Warning:" not in done.stderr, "no library speaks in between"


def test_status_names_all_and_balances(published: tuple[Any, object]) -> None:
    found = status_of(published[0])
    assert found["months"] == {"first": "2024-01-01", "last": "2026-12-01", "count": 36}
    assert found["services"]["count"] >= 20
    for kind in ("rows", "amount"):
        assert found[kind]["in"] == pytest.approx(found[kind]["used"] + found[kind]["set_aside"], abs=0.005)
    for table in found["tables"]:
        assert table["rows_in"] == table["rows_used"] + table["rows_set_aside"]
    years = [row for row in found["forecast"] if row["price_level"] == "nominal"]
    assert {row["year"] for row in years if row["basis"] == "accounting_year"} >= {2027, 2028, 2029, 2030}
    for row in years:
        assert row["q10"] <= row["q50"] <= row["q90"]
    this_year = [row for row in found["year_result"] if row["is_current"]]
    assert {row["member"] for row in this_year if row["level"] in {"frame", "total"}} == {"50.54", "30.46", "total"}
    assert sum(row["level"] == "service" for row in this_year) == found["services"]["count"]
    for row in this_year:
        if row["mask"] or row["level"] == "service":
            assert not row["mask"] or row["mean"] is None
            continue
        parts = ("posted", "late", "committed", "expected_new", "ahead", "decided_not_in_data", "adjusted", "outside_model")
        assert sum(row[name] or 0 for name in parts) - (row["expected_ended"] or 0) == pytest.approx(row["mean"], abs=0.1)
        assert row["deviation_mean"] == pytest.approx(row["mean"] - row["budget_revised"], abs=0.02)
    assert found["last_attempt"]["state"] == "published"


def test_the_record_says_what_the_run_is_made_of(published: tuple[Any, object]) -> None:
    mart = mart_of(published[0])
    steps = [step.name for step in ORDER]
    assert list(mart.record("seconds")) == sorted(steps[1 : steps.index("record")])  # type: ignore[call-overload]
    used = mart.table("input_files")
    assert mart.record("input_hashes") == sorted(set(used["sha256"]))
    rows = mart.record("row_counts")
    assert isinstance(rows, dict)
    with mart.held():
        for name in set(PUBLISHED) - {"run_record"}:
            assert rows[name] == len(mart.table(name))
    for key in ("git_commit", "versions", "lock_digest", "settings", "seed", "input_state", "started_at", "finished_at"):
        assert key in set(mart.table("run_record")["key"])
    assert "price_index_to" in set(mart.table("run_record")["key"]), "the technical budget marks later years"
    assert mart.record("digest") == digest(mart.file)


def test_the_log_tells_the_night_and_agrees_with_what_was_published(published: tuple[Any, object], tmp_path: Path) -> None:
    done = published[0]("log", "--check", "--json")
    found = json.loads(done.stdout)
    jsonschema.validate(found, json.loads((SCHEMAS / "log.json").read_text(encoding="utf-8")))
    assert (done.returncode, found["whole"]) == (0, True), found
    assert [entry["kind"] for entry in found["last"]] == ["log_opened", "run_begun", "files_landed", "run_published"]
    told, mart = found["last"][-1]["facts"], mart_of(published[0])
    assert (told["run_id"], told["digest"]) == (mart.run_id, mart.record("digest"))
    assert set(found["last"][-2]["facts"]["files"]) == set(mart.record("input_hashes"))  # type: ignore[call-overload]
    (origin,) = status_of(published[0])["origins"]
    named = (origin["tables_sha256"], origin["files"]["sha256"], origin["rules"]["sha256"])
    assert (told["digest"], told["files_sha256"], told["rules_sha256"]) == named, "the log resolves them"
    assert origin["rules"]["sha256"] == rules_version()
    assert len(origin["model"]["choice"]) > 20
    assert len(origin["assumptions"]["settings_sha256"]) == 64
    copy = copied(published[0], tmp_path)
    file = copy.home / "published" / mart.file.name
    file.chmod(0o640)
    with duckdb.connect(str(file)) as con:
        con.execute("UPDATE forecast_years SET mean = mean + 1e6")
    done = copy("log", "--check")
    assert done.returncode == 1
    assert f"run {mart.run_id} is not the file that was published" in done.stderr
    lines = (copy.home / "audit.jsonl").read_text().splitlines()
    (copy.home / "audit.jsonl").write_text("\n".join(lines[:-1]) + "\n")
    assert "the last 1 entries are cut off" in copy("status").stderr
    assert "the last 1 entries are cut off" in copy("doctor").stderr


def copied(opdrift: Any, folder: Path) -> Any:
    """A copy of a home and its keys that may be changed."""
    shutil.copytree(opdrift.home, folder / "copy", ignore=shutil.ignore_patterns("prefect", "reports"))
    shutil.copytree(opdrift.secrets, folder / "copied-keys")
    return type(opdrift)(folder / "copy", folder / "copied-keys")


def test_the_sample_is_made_again_from_its_archive_to_the_bit(published: tuple[Any, object], tmp_path: Path) -> None:
    copy, mart = copied(published[0], tmp_path), mart_of(published[0])
    done = copy("verify", mart.run_id, "--json")
    found = json.loads(done.stdout)
    jsonschema.validate(found, json.loads((SCHEMAS / "verify.json").read_text(encoding="utf-8")))
    assert (done.returncode, found["outcome"]) == (0, "equal"), found
    assert found["digest_again"] == mart.record("digest")


def test_a_second_run_changes_nothing_and_says_so(published: tuple[Any, object]) -> None:
    opdrift, _ = published
    before = contents(opdrift.home)
    done = opdrift("run")
    assert done.returncode == 0
    assert "Nothing new" in done.stderr
    assert contents(opdrift.home) == before


def test_no_citizen_is_found_anywhere_in_the_home(published: tuple[Any, object], small_sample: Path) -> None:
    opdrift, _ = published
    header, *lines = (small_sample / "cases_2026-12.csv").read_text(encoding="utf-8-sig").splitlines()
    place = header.split(";").index("citizen_id")
    numbers = {line.split(";")[place] for line in lines}
    assert all(re.fullmatch(r"\d{6}-\d{4}", number) for number in numbers), "the sample's exports hold CPR-shaped numbers"
    shapes = re.compile(rb"|".join(number.replace("-", "-?").encode() for number in sorted(numbers)[::7]))
    for file in opdrift.home.rglob("*"):
        if file.is_file() and "archive" not in file.parts:
            assert not shapes.search(file.read_bytes()), file.name
    for database in (opdrift.home / "warehouse.duckdb", mart_of(opdrift).file):
        with duckdb.connect(str(database), read_only=True) as con:
            columns = con.execute("SELECT table_name, column_name FROM information_schema.columns WHERE data_type = 'VARCHAR'")
            for table, column in columns.fetchall():
                values = con.execute(f'SELECT DISTINCT "{column}" FROM "{table}" WHERE "{column}" IS NOT NULL').fetchall()
                # a hash is no number, alone or in a list: the commit and the files' hashes hold ten such digits now and then
                hit = [value for (value,) in values if holds_cpr(re.sub(r"\b[0-9a-f]{32,64}\b", "", value))]
                assert not hit, (table, column, len(hit))


def test_nothing_suppressed_follows_from_what_is_published(published: tuple[Any, object]) -> None:
    """The lean form of ``make disclosure``; where one cell of a pair is shown, the attacker finds the other."""
    mart = mart_of(published[0])
    paths = Paths(home=published[0].home, secrets=published[0].secrets)
    tables = {name: mart.table(name) for name in PUBLISHED}
    kept = read_restricted(paths, mart.run_id)
    prices = dict(zip(kept["driver_prices"]["month"], kept["driver_prices"]["price_factor"], strict=True))
    assert small_counts(tables, 5) == []
    assert answers_of_hidden(tables) == set()
    assert list(without_twin(tables)) == []
    assert points_told(tables["cost_concentration"], WITHIN) == []
    system = equations_of([tables], prices, [kept["driver_kinds"]])
    newest = tables["actual_months"]["month"].max() - pd.DateOffset(months=6)
    only = {cell for cell in system.hidden if cell[2] == "actual_years" or (cell[2] == "actual_months" and cell[-1] > newest)}
    only = {cell for cell in only if str(cell[3]).startswith("gross")}
    few = {cell for cell in system.primary if cell[2] in {"transition_radar", "provider_types"}}
    attacked, found = attack(system, only=only | few)
    assert attacked > 20 + len(few)
    assert few
    assert found == []
    one, other = hidden_pairs(tables)[0]
    known = kept["driver_months"].query("service == @other").set_index("month")["gross_ultimate_nominal"]
    history = tables["actual_months"].copy()
    own = history["service"] == other
    history.loc[own, "gross_ultimate_nominal"] = history.loc[own, "month"].map(known)
    history.loc[own, "mask"] = ""
    _, leaked = attack(
        equations_of([tables | {"actual_months": history}], prices), only={cell for cell in only if cell[4] == one}
    )
    assert {cell.variable[4] for cell in leaked} >= {one}
    tried, refused, apart = told_apart(tables)
    assert tried > 50
    assert refused > 10
    assert apart == []


def test_kinds_of_provider_add_up_and_the_curve_rises(published: tuple[Any, object]) -> None:
    mart = mart_of(published[0])
    types = mart.table("provider_types")
    shown = types[types["mask"] == ""]
    assert (shown["n_citizens"] >= 5).all()
    whole = types.groupby(["level", "member", "period"]).filter(lambda rows: (rows["mask"] == "").all())
    sums = whole.groupby(["level", "member", "period"])[["cost_share", "volume_share"]].sum()
    assert len(sums) > 10
    assert sums.to_numpy() == pytest.approx(1.0)
    curve = mart.table("cost_concentration")
    total = curve[(curve["level"] == "total") & (curve["mask"] == "")].sort_values("top_pct")
    assert total["cost_share"].is_monotonic_increasing
    assert (total["cost_share"] > total["top_pct"] / 100).all()
    assert mart.table("staff_adjustments").empty
    assert mart.table("staff_estimates").empty


def test_known_citizens_are_told_in_sums_alone(published: tuple[Any, Any]) -> None:
    mart = mart_of(published[0])
    told = mart.table("known_months")
    shown = told[told["mask"] == ""]
    total = shown[shown["level"] == "total"]
    ahead = mart.table("forecast_months").query("measure == 'volume' and mask == ''").set_index(["member", "month"])["mean"]
    services = shown[shown["level"] == "service"].set_index(["member", "month"])
    parts = services[["still_here", "moved_here", "new"]].sum(axis=1)
    assert parts.to_numpy() == pytest.approx(ahead.reindex(parts.index).to_numpy(), rel=1e-6)
    assert total["still_here"].is_monotonic_decreasing
    assert float(total["new"].iloc[-1]) > float(total["still_here"].iloc[-1])
    assert len(told) == told[["level", "member", "month"]].drop_duplicates().shape[0]
    notice = mart.table("notices").set_index("notice_id").loc["known_citizens", "text_da"]
    assert "Prøvekommunens hjemmel, sag 1 (Socialchefen, 25.11.2026)" in notice
    assert mart.record("known_citizens")["origins"] == 0, "three years hold no origin: half of each"  # type: ignore[index,call-overload]
    paths = Paths(home=published[0].home, secrets=published[0].secrets)
    restricted = read_restricted(paths, str(mart.record("run_id")))
    cases = restricted.pop("case_rows")
    assert len(cases) > 100
    assert cases["citizen_id"].str.fullmatch("[0-9a-f]{64}").all(), "keys alone, in the restricted file alone"
    assert not set(cases.columns) & {"birth_month", "household_id", "provider_id", "sex"}
    per_citizen = {"person", "citizen_id", "case_id", "birth_month", "start_month"}
    with mart.held():
        tables = {name: set(mart.table(name).columns) for name in PUBLISHED} | {
            name: set(t.columns) for name, t in restricted.items()
        }
    assert not {name for name, columns in tables.items() if columns & per_citizen}


def test_the_refund_is_published_as_sums_of_no_single_citizen(published: tuple[Any, object]) -> None:
    mart = mart_of(published[0])
    years, tiers = mart.table("refund_years"), mart.table("refund_tiers")
    assert set(years["basis"]) == {"service_year", "accounting_year"}
    assert not years["thresholds_verified"].any(), "2024-2026 are estimates"
    for table in (years, tiers, mart.table("refund_marginal")):
        assert not table["n_citizens"].between(1, 4).any()
        assert table.loc[table["mask"] != "", "n_citizens"].isna().all()
    total = years[(years["level"] == "total") & (years["mask"] == "")]
    assert (total["net_of_central"] == total["gross"] - total["central_refund"]).all()
    assert total["central_refund"].between(0.02 * total["gross"], 0.15 * total["gross"]).all()
    wanted = {("service_year", 2024), ("service_year", 2025), ("service_year", 2026), ("accounting_year", 2025)}
    assert set(zip(total["basis"], total["year"], strict=True)) == wanted, "bills of 2024 reach back before the first month"
    notices = mart.table("notices").set_index("notice_id")["text_da"]
    assert "ikke verificeret" in notices["refund_thresholds"]
    ahead, response = mart.table("refund_ahead"), mart.table("refund_response")
    assert "ikke verificeret" in notices["refund_ahead"]
    whole = ahead[(ahead["level"] == "total") & (ahead["mask"] == "")]
    assert whole["central_refund_mean"].between(0.02 * whole["gross_mean"], 0.15 * whole["gross_mean"]).all()
    assert whole["net_of_central_mean"].to_numpy() == pytest.approx(
        (whole["gross_mean"] - whole["central_refund_mean"]).to_numpy()
    )
    for table in (ahead, response):
        assert not table["n_citizens"].between(1, 4).any()
    shown = response[response["mask"] == ""]
    by_month = shown.drop_duplicates(["cell", "month"]).groupby(shown["month"].dt.year)["refund"].sum()
    next_year = whole[(whole["basis"] == "service_year") & (whole["year"] == 2027)]["central_refund_mean"]
    assert by_month[2027] == pytest.approx(float(next_year.iloc[0])) or (response["mask"] != "").any()
    errors = mart.record("refund_response")
    assert max(abs(error) for error in errors.values()) < 0.02  # type: ignore[union-attr]


def test_the_flow_itself_fits_in_a_pool(published: tuple[Any, Any]) -> None:
    """The sample has series enough for processes, started from within Prefect, and its choice is kept."""
    opdrift, done = published
    assert done.returncode == 0
    paths = Paths(home=opdrift.home, secrets=opdrift.secrets)
    work = Mart.open(paths).record("model_choice_work")
    assert isinstance(work, dict)
    assert work["renewed"] >= FEW_SERIES
    assert read_settings(paths).processes == min(4, usable_cores())
    assert choice_file(paths).exists()


def test_other_keys_give_the_same_tables(
    published: tuple[Any, object],
    small_sample: Path,
    new_home: Callable[[str], Any],
    kept_server: Callable[[Any], Any],
    differing: Callable[[Mart, Mart], set[str]],
) -> None:
    opdrift, other = published[0], kept_server(new_home("other"))
    shutil.copytree(small_sample, other.home / "inbox", dirs_exist_ok=True)
    shutil.copy(published[0].home / "settings.toml", other.home)
    shutil.copy(choice_file(Paths(home=opdrift.home, secrets=opdrift.secrets)), other.home)  # and a kept choice fits them all
    assert other("run").returncode == 0
    work = mart_of(other).record("model_choice_work")
    assert work["reused"] > 0
    assert work["renewed"] == work["refitted"] == 0, "the months are the same to the bit"
    keys = [next(item.secrets.glob("pseudonym*")).read_bytes() for item in (opdrift, other)]
    assert keys[0] != keys[1]
    assert differing(mart_of(opdrift), mart_of(other)) == {"run_record"}
    assert mart_of(opdrift).record("digest") == mart_of(other).record("digest")


def test_refused_files_are_listed_and_the_others_go_on(tiny: Any) -> None:
    (tiny.home / "inbox" / "holiday.txt").write_text("photographs")
    (tiny.home / "inbox" / "budget.xlsx").write_bytes(b"PK\x03\x04 cut off")
    done = tiny("run")
    assert done.returncode == 4, done.stderr
    found = status_of(tiny)
    assert {row["file_name"]: row["reason"] for row in found["refused_files"]}["holiday.txt"] == "unknown_kind"
    assert len(found["refused_files"]) == 2
    assert found["months"]["last"] == "2026-12-01"
    assert "holiday.txt" in done.stderr


def test_as_of_hides_later_months(tiny: Any) -> None:
    assert tiny("run", "--as-of", "2026-06-30").returncode == 0
    found = status_of(tiny)
    assert found["run"]["as_of"] == "2026-06-30"
    assert found["months"]["last"] == "2026-06-01"
    mart = mart_of(tiny)
    assert mart.table("refund_years").empty, "summed months hold no citizens"
    assert "refund_unknown" in set(mart.table("notices")["notice_id"])


def test_nothing_usable_publishes_nothing_and_the_last_run_stands(
    tiny: Any, put_months: Callable[..., None], new_home: Callable[[str], Any], kept_server: Callable[[Any], Any]
) -> None:
    empty = tiny("run", "--home", str(kept_server(new_home("empty")).home))
    assert empty.returncode == 3
    assert "inbox is empty" in empty.stderr
    put_months(tiny.home.parent / "first.csv")
    assert tiny("run").returncode == 0
    first = mart_of(tiny).run_id
    header, *lines = (tiny.home.parent / "first.csv").read_text().splitlines()
    after_a_gap = [line.replace(";2026-02-", ";2027-02-") for line in lines if ";2026-02-" in line]
    (tiny.home / "inbox" / "case_months_2027.csv").write_text("\n".join([header, *after_a_gap]) + "\n")
    done = tiny("run")
    assert done.returncode == 3, done.stderr
    assert "C-10" in done.stderr
    found = status_of(tiny)
    assert found["run"]["run_id"] == first
    assert found["last_attempt"]["state"] == "nothing"
    assert any("C-10" in rule for rule in found["last_attempt"]["blocking"])


def test_a_fault_of_the_disk_is_tried_again_and_then_told_by_place_only(tiny: Any) -> None:
    (tiny.home / "published").write_text("a file where a folder should be")
    done = tiny("run")
    assert done.returncode == 1
    assert "FileExistsError in step 'publish'" in done.stderr
    (attempt,) = read_attempts(Paths(home=tiny.home, secrets=tiny.secrets))
    assert attempt.steps.count("publish") == 3, "two retries"
    assert attempt.steps.count("forecast") == 1, "none where there is no I/O"
    assert (attempt.outcome, attempt.exit_code) == ("fault", 1)
    (begun, ended) = (entry for entry in read_log(Paths(home=tiny.home, secrets=tiny.secrets)) if entry.kind.startswith("run_"))
    assert (begun.kind, ended.kind, ended.facts["outcome"]) == ("run_begun", "run_ended", "fault")
    (log,) = (tiny.home / "reports").glob("fault-*.log")
    assert str(log) in done.stderr
    assert "data/mart.py" in log.read_text()


def test_check_changes_nothing(tiny: Any) -> None:
    before = contents(tiny.home)
    done = tiny("check", str(tiny.home / "inbox"), "--json")
    found = json.loads(done.stdout)
    jsonschema.validate(found, json.loads((SCHEMAS / "check.json").read_text(encoding="utf-8")))
    assert (done.returncode, found["exit_code"], found["rows"]["in"]) == (0, 0, 108)
    assert contents(tiny.home) == before
    assert not tiny.secrets.exists(), "no key is made"
    file = tiny.home / "inbox" / "case_months.csv"
    file.write_text(file.read_text().replace(";2026-01-01;", ";2099-99-99;"))
    done = tiny("check", str(file))
    assert done.returncode in {3, 4}
    assert "T-01" in done.stderr
    done = tiny("check", str(file), "--profile", "statbank")
    assert done.returncode == 3
    assert "unknown_kind" in done.stderr


def test_doctor_finds_what_would_stop_a_run(tiny: Any) -> None:
    done = tiny("doctor", "--json")
    found = json.loads(done.stdout)
    jsonschema.validate(found, json.loads((SCHEMAS / "doctor.json").read_text(encoding="utf-8")))
    stops = {item["what"] for item in found["findings"] if item["state"] == "stops"}
    assert stops <= {"Packages", "Memory"}, found["findings"]
    inside = tiny.env | {"OPDRIFT_SECRETS": str(tiny.home / "keys")}
    import subprocess  # noqa: PLC0415

    done = subprocess.run(tiny.command("doctor"), env=inside, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "inside the home" in done.stderr
