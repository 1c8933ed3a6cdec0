"""Alerts reach a real listener and a real mail server on this machine, once each, and repeat no message and no file's name."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import psutil
import pytest
from typer.testing import CliRunner

from data.errors import SettingsInvalid, WrongUse
from data.settings import Paths, read_settings
from flows.alerts import ADDRESS_FILE, ENVIRONMENT, addresses, due, tell
from flows.cli import cli
from flows.journal import LOOKED, Journal
from flows.schedule import Supervisor
from flows.server import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = datetime(2026, 11, 26, 4, tzinfo=UTC)
RUN = "run-20261126T020000-a0000a"
SECRET = "udtræk for Jens Hansen.csv"


@pytest.fixture
def paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paths:
    monkeypatch.delenv(ENVIRONMENT, raising=False)
    (tmp_path / "home").mkdir()
    (tmp_path / "keys").mkdir(mode=0o700)
    return Paths(home=tmp_path / "home", secrets=tmp_path / "keys")


def ask(paths: Paths, words: str = "") -> None:
    (paths.home / "settings.toml").write_text(f"[alerts]\n{words}\n", encoding="utf-8")


def ended(paths: Paths, outcome: str, *, run_id: str = RUN, at: datetime = NOW) -> None:
    journal = Journal(paths, run_id, lambda: at)
    journal.started("serve")
    journal.step("validate")
    if outcome != "killed":
        journal.ended(outcome, 3, f"2 rules failed in {SECRET}", blocking=("C-01",))
        os.utime(paths.home / LOOKED, (at.timestamp(), at.timestamp()))


@pytest.fixture
def listener() -> Iterator[tuple[int, list[dict[str, str]]]]:
    """A web hook: its port, and what came."""
    came: list[dict[str, str]] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            came.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Hook)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port, came
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_failed_night_reaches_a_web_hook_once_and_says_no_name(paths: Paths, listener: tuple[int, list]) -> None:
    port, came = listener
    ask(paths, f'addresses = ["json://127.0.0.1:{port}/hook"]')
    settings = read_settings(paths)
    assert tell(settings, NOW) == [], "a home that nobody watched and that never ran is not late"
    ended(paths, "nothing")
    assert len(tell(settings, NOW)) == 1
    assert tell(settings, NOW + timedelta(hours=1)) == []
    (sent,) = came
    assert sent["title"] == "opdrift, kommune 151: natkørslen lykkedes ikke"
    assert RUN in sent["message"]
    assert "udgav intet (trin: validate, kode 3)" in sent["message"]
    assert "Jens" not in json.dumps(sent)
    ended(paths, "fault", run_id="run-20261127T020000-a0000b")
    assert len(tell(settings, NOW)) == 1
    assert len(came) == 2


def test_a_night_that_was_killed_is_told(paths: Paths) -> None:
    ask(paths)
    journal = {"at": NOW.isoformat(), "run_id": RUN, "event": "started", "how": "serve", "process": [os.getpid(), 0.0]}
    (paths.home / "attempts.jsonl").write_text(json.dumps(journal) + "\n", encoding="utf-8")
    (alert,) = due(read_settings(paths), NOW)
    assert "blev stoppet undervejs (trin: før første trin)" in alert.body


def test_mail_reaches_a_mail_server(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    command = [sys.executable, "-W", "ignore", "-u", "-m", "smtpd", "-n", "-c", "DebuggingServer", f"127.0.0.1:{port}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            give_up = time.monotonic() + 30
            while not any(item.laddr.port == port for item in psutil.Process(server.pid).net_connections()):
                assert time.monotonic() < give_up
                time.sleep(0.05)
            monkeypatch.setenv(ENVIRONMENT, f"mailto://127.0.0.1:{port}?from=opdrift@kommune.example&to=drift@kommune.example")
            ask(paths)
            ended(paths, "fault")
            assert len(tell(read_settings(paths), NOW)) == 1
            assert server.stdout is not None
            lines = [server.stdout.readline() for _ in range(12)]
        finally:
            server.send_signal(signal.SIGTERM)
    assert any("drift@kommune.example" in line for line in lines)
    assert any("Subject" in line for line in lines)


def test_a_night_that_never_came_is_told_once_and_again_after_the_next(paths: Paths, listener: tuple[int, list]) -> None:
    port, came = listener
    ask(paths, f'addresses = ["json://127.0.0.1:{port}/hook"]')
    settings = read_settings(paths)
    assert tell(settings, NOW, watching=True) == []
    assert len(tell(settings, NOW + timedelta(hours=27), watching=True)) == 1
    assert tell(settings, NOW + timedelta(hours=28), watching=True) == []
    assert "udeblevet" in came[0]["title"]
    ended(paths, "unchanged", at=NOW + timedelta(hours=30))
    assert tell(settings, NOW + timedelta(hours=31), watching=True) == []
    assert len(tell(settings, NOW + timedelta(hours=60), watching=True)) == 1
    assert len(came) == 2


def test_no_new_data_is_told_once_a_run(paths: Paths) -> None:
    ask(paths)
    ended(paths, "published", at=NOW)
    late = NOW + timedelta(days=36)
    ended(paths, "unchanged", run_id="run-20270101T020000-a0000c", at=late)
    assert [alert.key for alert in due(read_settings(paths), late)] == [f"nothing_new {RUN}"]
    assert list(due(read_settings(paths), NOW + timedelta(days=34))) == []


def test_without_the_setting_nothing_is_sent(paths: Paths, monkeypatch: pytest.MonkeyPatch, listener: tuple[int, list]) -> None:
    port, came = listener
    monkeypatch.setenv(ENVIRONMENT, f"json://127.0.0.1:{port}/hook")
    ended(paths, "fault")
    assert tell(read_settings(paths), NOW) == []
    assert came == []


def test_what_cannot_be_delivered_is_said_and_tried_again(paths: Paths, listener: tuple[int, list]) -> None:
    port, came = listener
    ask(paths, f'addresses = ["json://127.0.0.1:{free_port()}/hook"]')
    ended(paths, "fault")
    with pytest.raises(WrongUse, match="could not be delivered"):
        tell(read_settings(paths), NOW)
    ask(paths, f'addresses = ["json://127.0.0.1:{port}/hook"]')
    assert len(tell(read_settings(paths), NOW)) == 1
    assert len(came) == 1


def test_passwords_stay_out_of_settings_and_of_files_that_others_read(paths: Paths) -> None:
    ask(paths, 'addresses = ["mailto://bruger:hemmelig@mail.example"]')
    with pytest.raises(SettingsInvalid, match="user or a password") as refused:
        read_settings(paths)
    assert "hemmelig" not in str(refused.value)
    ask(paths)
    file = paths.secrets / ADDRESS_FILE
    file.write_text("# mail\nmailto://bruger:hemmelig@mail.example\n", encoding="utf-8")
    file.chmod(0o644)
    with pytest.raises(WrongUse, match="Others can read"):
        addresses(read_settings(paths))
    file.chmod(0o600)
    assert addresses(read_settings(paths)) == ("mailto://bruger:hemmelig@mail.example",)
    (paths.secrets / ADDRESS_FILE).write_text("nonsense", encoding="utf-8")
    ended(paths, "fault")
    with pytest.raises(WrongUse, match="Address 1 of 1") as wrong:
        tell(read_settings(paths), NOW)
    assert "nonsense" not in str(wrong.value)


def test_a_monitor_is_told_by_the_exit_code(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPDRIFT_SECRETS", str(paths.secrets))
    ended(paths, "fault", at=datetime.now(UTC))
    done = CliRunner().invoke(cli, ["status", "--monitor", "--home", str(paths.home)])
    assert done.exit_code == 1
    assert "nothing is published; the last run ended: fault" in done.stdout
    sent = CliRunner().invoke(cli, ["alert", "--home", str(paths.home)])
    assert sent.exit_code == 0, "alerts are off"


def test_the_schedule_tells_and_goes_on_when_it_cannot(paths: Paths, listener: tuple[int, list]) -> None:
    port, came = listener
    said: list[str] = []
    supervisor = Supervisor(paths, "0 2 * * *", said.append)
    supervisor._tell_alerts()
    assert said == [], "nothing is asked for"
    ended(paths, "fault", at=datetime.now(UTC))  # the schedule goes by the machine's clock: an older end is late as well
    ask(paths, "addresses = []")
    supervisor._tell_alerts()
    ask(paths, f'addresses = ["json://127.0.0.1:{port}/hook"]')
    supervisor._tell_alerts()
    supervisor._tell_alerts()
    assert [line.split(":")[0] for line in said] == ["Alert not sent", "Alert sent"]
    assert len(came) == 1


def test_a_night_without_news_counts_as_an_end(paths: Paths) -> None:
    ask(paths)
    ended(paths, "published")
    settings = read_settings(paths)
    (late,) = due(settings, NOW + timedelta(hours=27))
    assert late.key.startswith("late")
    os.utime(paths.home / LOOKED, ((NOW + timedelta(hours=24)).timestamp(),) * 2)
    assert list(due(settings, NOW + timedelta(hours=27))) == []
