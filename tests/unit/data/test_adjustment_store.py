"""Staff's adjustments at the door: what a command refuses it never repeats, what is withdrawn stays, file and command are one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import duckdb
import pytest

from data import adjustment_store
from data.adjustment_store import AdjustmentRefused, add_adjustment, read_adjustments, signature_of, withdraw_adjustment
from data.audit_check import check_log
from data.audit_log import read_log
from data.errors import OpdriftError, WrongUse
from data.extracts.adjustments import count_entered_later, staff_adjustments
from data.input_state import input_state
from data.register_file import hold
from data.schema.inputs_staff import ADJUSTMENTS

if TYPE_CHECKING:
    from data.settings import Settings

ENTRY = {
    "municipality": "151", "kind": "placement", "frame": "50.54", "effective_from": date(2027, 3, 1), "amount_dkk": 2.1e6,
    "reason": "Ny placering efter visitation", "who": "KN, økonomi", "entered_on": date(2027, 1, 10),
}  # fmt: skip
SHAPED = "kontakt 010180-1234"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"reason": SHAPED}, "--reason"),
        ({"who": SHAPED}, "--who"),
        ({"kind": "andet"}, "--kind"),
        ({"frame": None}, "--frame"),
        ({"change_pct": 2.0}, "--change-pct"),
        ({"amount_dkk": None}, "--amount-dkk"),
        ({"effective_to": date(2027, 2, 1)}, "--to"),
        ({"effective_from": date(1890, 1, 1)}, "--from"),
        ({"amount_dkk": 1e12}, "--amount-dkk"),
        ({"price_level": "2026"}, "--price-level"),
        ({"reason": None}, "--reason"),
        ({"reason": "barn 01.01.80-1234 flytter"}, "--reason"),
        ({"reason": "barn 101801234 flytter"}, "--reason"),
        ({"who": "KN 01-01-80/1234"}, "--who"),
    ],
)
def test_what_is_wrong_is_refused_and_not_repeated(settings: Settings, wrong: dict[str, object], said: str) -> None:
    with pytest.raises(WrongUse) as caught:
        add_adjustment(settings.paths, ENTRY | wrong)
    assert said in str(caught.value)
    assert "010180" not in str(caught.value)
    assert not settings.paths.adjustments.exists()


def test_a_withdrawn_adjustment_stays_in_the_record(settings: Settings) -> None:
    key = add_adjustment(settings.paths, ENTRY)
    before = input_state(settings)
    withdraw_adjustment(settings.paths, key, who="MB", on=date(2027, 1, 12))
    assert input_state(settings) != before, "a new run has news"
    (row,) = read_adjustments(settings.paths)
    assert (row["withdrawn_on"], row["withdrawn_by"], row["amount_dkk"]) == ("2027-01-12", "MB", 2.1e6)
    for other in (key, "j-00000000"):
        with pytest.raises(WrongUse):
            withdraw_adjustment(settings.paths, other, who="MB", on=date(2027, 1, 13))
    settings.paths.adjustments.write_text("{\n", encoding="utf-8")  # without its end it would be a line that a stop cut off
    with pytest.raises(OpdriftError, match="damaged"):
        read_adjustments(settings.paths)


def test_a_withdrawal_says_why_and_is_held_to_the_same_words(settings: Settings) -> None:
    key = add_adjustment(settings.paths, ENTRY)
    for reason, code in ((SHAPED, "cpr"), ("01 01 80 1234 kom ikke", "cpr"), ("Anna Jensen flyttede", "name"), ("", "form")):
        with pytest.raises(AdjustmentRefused) as caught:
            withdraw_adjustment(settings.paths, key, who="MB", on=date(2027, 1, 12), reason=reason)
        assert caught.value.code == code
    withdraw_adjustment(settings.paths, key, who="MB", on=date(2027, 1, 12), reason="Den kom ikke")
    assert read_adjustments(settings.paths)[0]["withdrawn_reason"] == "Den kom ikke"


def test_a_name_is_refused_and_a_place_is_not(settings: Settings) -> None:
    for name in ("Anna Jensen", "plads til Bo K. Hansen fra maj", "Anna Marie Holm Sørensen"):
        with pytest.raises(AdjustmentRefused) as caught:
            add_adjustment(settings.paths, ENTRY | {"reason": name})
        assert caught.value.code == "name"
        assert name not in str(caught.value)
    for plain in ("Botilbuddet Solsikken lukker", "Ny takst i Region Syddanmark", "Flytter til Viborg Kommune"):
        add_adjustment(settings.paths, ENTRY | {"reason": plain})


def test_one_writer_at_a_time_takes_back(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    key = add_adjustment(settings.paths, ENTRY)
    monkeypatch.setattr("data.register_file._WAIT_SECONDS", 0.05)
    lock = hold(settings.paths.adjustments)
    with pytest.raises(AdjustmentRefused) as caught:
        withdraw_adjustment(settings.paths, key, who="MB", on=date(2027, 1, 12))
    assert caught.value.code == "not_kept"
    lock.release()
    withdraw_adjustment(settings.paths, key, who="MB", on=date(2027, 1, 12))


def test_who_is_signed_in_signs_by_the_name_before_the_at() -> None:
    assert [signature_of(who) for who in ("kn@kommune.dk", "Økonomi", "local", "unknown", "a|b", "0101801234@x.dk")] == [
        "kn", "Økonomi", "", "", "", "",
    ]  # fmt: skip


def test_file_and_command_are_one_list_as_of_the_day(settings: Settings) -> None:
    con = duckdb.connect()
    columns = ", ".join(f'"{column.name}" {column.kind.sql}' for column in ADJUSTMENTS.columns)
    con.execute(f"CREATE TABLE used_adjustments ({columns}, file_sha256 VARCHAR, row_number BIGINT, row_id BIGINT)")
    con.execute("CREATE TABLE x_words (word VARCHAR, service VARCHAR)")
    con.execute("INSERT INTO x_words VALUES ('SEL-107', 'midlertidigt_botilbud')")
    key = add_adjustment(settings.paths, ENTRY | {"service": "SEL-107", "in_data": False})
    withdraw_adjustment(settings.paths, key, who="MB", on=date(2027, 1, 12))
    con.execute(
        "INSERT INTO used_adjustments BY NAME SELECT '151' AS municipality, 'f1' AS adjustment_id, 'one_off' AS kind, "
        "'30.46' AS frame, DATE '2027-02-01' AS effective_from, 5 AS amount_dkk, 'Regning' AS reason, 'KN' AS who, "
        "DATE '2027-01-11' AS entered_on"
    )
    found = staff_adjustments(con, settings)
    assert found["adjustment_id"].tolist() == ["f1", key]
    assert found["entered_by"].tolist() == ["file", "command"]
    assert found["service"].tolist()[1] == "midlertidigt_botilbud"
    assert found["withdrawn_on"].notna().tolist() == [False, True]
    earlier = staff_adjustments(con, replace(settings, as_of=date(2027, 1, 11)))
    assert earlier["withdrawn_on"].isna().all()
    assert staff_adjustments(con, replace(settings, as_of=date(2027, 1, 9)))["entered_by"].tolist() == ["file"], (
        "files are hidden in staging"
    )


def test_events_entered_after_the_as_of_day_are_counted(settings: Settings) -> None:
    con = duckdb.connect()
    columns = ", ".join(f'"{column.name}" {column.kind.sql}' for column in ADJUSTMENTS.columns)
    con.execute(f"CREATE TABLE used_adjustments ({columns})")
    con.execute(f"CREATE TABLE landed_adjustments ({columns}, file_sha256 VARCHAR)")
    con.execute("CREATE TABLE not_active (file_sha256 VARCHAR, table_name VARCHAR, why VARCHAR)")
    con.execute("CREATE TABLE x_words (word VARCHAR, service VARCHAR)")
    con.execute("INSERT INTO not_active VALUES ('new', 'adjustments', 'as_of'), ('old', 'adjustments', 'superseded')")
    for sha256, key, day in (("new", "f1", 11), ("new", "f2", 9), ("old", "f3", 11)):
        con.execute(
            "INSERT INTO landed_adjustments BY NAME SELECT '151' AS municipality, ? AS adjustment_id, "
            "make_date(2027, 1, ?) AS entered_on, ? AS file_sha256",
            [key, day, sha256],
        )
    add_adjustment(settings.paths, ENTRY)
    gone = add_adjustment(settings.paths, ENTRY)
    withdraw_adjustment(settings.paths, gone, who="MB", on=date(2027, 1, 12))

    def told(as_of: date | None) -> int:
        known = replace(settings, as_of=as_of)
        staff_adjustments(con, known)
        return count_entered_later(con, known)

    assert [told(None), told(date(2027, 1, 11))] == [0, 0]
    assert told(date(2027, 1, 10)) == 1, "the one of a file; that of a file which another supersedes is none"
    assert told(date(2027, 1, 9)) == 2, "not the one that was withdrawn"


def test_what_the_log_or_the_record_does_not_take_is_not_kept(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Told that nothing is kept, whoever typed it types it again: it must not count twice, and must not count unlogged."""

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    paths = settings.paths
    with monkeypatch.context() as patched:
        patched.setattr(adjustment_store, "append", full)
        with pytest.raises(OSError, match="No space"):
            add_adjustment(paths, ENTRY)
    assert read_adjustments(paths) == []
    with monkeypatch.context() as patched:
        patched.setattr(adjustment_store, "add_line", full)
        with pytest.raises(AdjustmentRefused) as refused:
            add_adjustment(paths, ENTRY)
    assert refused.value.code == "not_kept"
    assert read_adjustments(paths) == []
    kinds = [entry.kind for entry in read_log(paths)][1:]
    assert kinds == ["adjustment_entered", "adjustment_not_kept"]
    assert not check_log(paths, files=True).breaks
