"""Alerts: a night that failed, did not come or had nothing new is told to whom the settings name, once.

What is told stands in the journal of attempts: how a run ended, in which step, when. No message, file name or figure goes
out. Sending is apprise's; its addresses may hold passwords, so they come from the environment or a file of the secrets.
"""

from __future__ import annotations

import json
import os
import stat
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from data.errors import DAMAGED, WrongUse
from data.input_state import write_beside
from flows.journal import Attempt, last_look, read_attempts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from data.settings import Alerts, Paths, Settings

STATE_FILE = "alerts.json"
ADDRESS_FILE = "alert_addresses"
ENVIRONMENT = "OPDRIFT_ALERT_ADDRESSES"
_KEPT = 200
_FAILED = {
    "fault": "endte med en fejl",
    "nothing": "udgav intet",
    "interrupted": "blev afbrudt",
    "killed": "blev stoppet undervejs",
}


@dataclass(frozen=True)
class Alert:
    """One thing to tell.

    Attributes:
        key: By which it is told once.
        title: One line.
        body: What happened and what to do; no name, no figure of a citizen.
    """

    key: str
    title: str
    body: str


def addresses(settings: Settings) -> tuple[str, ...]:
    """Where alerts go, in apprise's form (``mailto://``, ``mailtos://``, ``json://``, ``jsons://`` ...).

    Raises:
        WrongUse: Others can read the file that holds them.
    """
    found = list(settings.alerts.addresses) if settings.alerts else []
    found += os.environ.get(ENVIRONMENT, "").split()
    file = settings.paths.secrets / ADDRESS_FILE
    if file.is_file():
        if stat.S_IMODE(file.stat().st_mode) & 0o077:
            what = "Others can read the addresses of the alerts"
            raise WrongUse(what, where=str(file), why="They may hold passwords", remedy=f"chmod 600 {file}")
        lines = (line.strip() for line in file.read_text(encoding="utf-8").splitlines())
        found += [line for line in lines if line and not line.startswith("#")]
    return tuple(dict.fromkeys(found))


def due(settings: Settings, now: datetime, *, since: datetime | None = None) -> Iterator[Alert]:
    """What there is to tell now, told before or not.

    Args:
        settings: Home, and what is to be told.
        now: UTC.
        since: When somebody began to watch this home; a home that never ran is late from then.
    """
    asked = settings.alerts
    if asked is None:
        return
    attempts = read_attempts(settings.paths)
    last = attempts[-1] if attempts else None
    who = f"opdrift, kommune {settings.municipality}"
    if "failed" in asked.on and last is not None and (how := _failed(last)):
        step = last.steps[-1] if last.steps else "før første trin"
        code = "" if last.exit_code is None else f", kode {last.exit_code}"
        body = f"Kørslen {last.run_id} {how} (trin: {step}{code}). Den senest udgivne kørsel vises fortsat."
        yield Alert(f"failed {last.run_id}", f"{who}: natkørslen lykkedes ikke", f"{body}\n{_DO}")
    newest = last_look(settings.paths) or since
    if "late" in asked.on and newest is not None and now - newest > timedelta(hours=asked.late_after_hours):
        text = f"Ingen kørsel er nået til ende siden {newest:%Y-%m-%d %H:%M} UTC; grænsen er {asked.late_after_hours:g} timer."
        yield Alert(f"late {newest.isoformat()}", f"{who}: natkørslen er udeblevet", f"{text}\n{_DO}")
    yield from _nothing_new(asked, attempts, now, who)


_DO = "Se 'opdrift status' og 'opdrift doctor' på maskinen."


def _nothing_new(asked: Alerts, attempts: list[Attempt], now: datetime, who: str) -> Iterator[Alert]:
    published = [item for item in attempts if item.outcome == "published"]
    if "nothing_new" not in asked.on or not published or attempts[-1].outcome not in {"unchanged", "published"}:
        return
    age = now - _time(published[-1].ended)
    if age > timedelta(days=asked.nothing_new_days):
        text = f"Der er ikke kommet nye data siden kørslen {published[-1].run_id} for {age.days} dage siden."
        yield Alert(f"nothing_new {published[-1].run_id}", f"{who}: intet nyt", f"{text} Er eksporten gået i stå?\n{_DO}")


def tell(settings: Settings, now: datetime, *, watching: bool = False) -> list[Alert]:
    """Send what is due and was not told yet; what could not be sent is tried again next time.

    Args:
        settings: Home, what is to be told, and to whom.
        now: UTC.
        watching: Remember from when on somebody watches, so that a home that never runs is missed too.

    Returns:
        What was sent.

    Raises:
        WrongUse: Nobody is named, an address is none, or nobody could be reached.
    """
    if settings.alerts is None:
        return []
    told, since = _state(settings.paths)
    if watching and since is None:
        since = now
        _remember(settings.paths, told, since)
    waiting = [alert for alert in due(settings, now, since=since) if alert.key not in told]
    if not waiting:
        return []
    sender = _sender(addresses(settings))
    for alert in waiting:
        if not sender(alert):
            what = "An alert could not be delivered to everybody"
            remedy = "Check the addresses, the network and the receiving server; it is tried again"
            raise WrongUse(what, where=alert.title, remedy=remedy)
        told.append(alert.key)
        _remember(settings.paths, told, since)
    return waiting


def _sender(names: tuple[str, ...]) -> Callable[[Alert], bool]:
    import apprise  # noqa: PLC0415  (takes a second)

    box = apprise.Apprise(asset=apprise.AppriseAsset(app_id="opdrift", app_desc="opdrift", app_url="", plugin_paths=[]))
    for place, name in enumerate(names, start=1):
        if not box.add(name):
            what = f"Address {place} of {len(names)} of the alerts is none that can be sent to"
            raise WrongUse(what, why="It is not shown, as it may hold a password", remedy="docs/operations.md tells their form")
    if not names:
        what = "Alerts are on, and nobody is named"
        remedy = f"Name addresses in settings.toml, in {ENVIRONMENT}, or in {ADDRESS_FILE} beside the keys"
        raise WrongUse(what, where="settings.toml [alerts]", remedy=remedy)
    return lambda alert: bool(box.notify(title=alert.title, body=alert.body, body_format="text"))


def _failed(attempt: Attempt) -> str:
    return _FAILED.get("killed" if attempt.was_killed else attempt.outcome, "")


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _state(paths: Paths) -> tuple[list[str], datetime | None]:
    try:
        raw = json.loads((paths.home / STATE_FILE).read_text(encoding="utf-8"))
        return [str(key) for key in raw["told"]], None if raw["since"] is None else _time(raw["since"])
    except DAMAGED:
        return [], None


def _remember(paths: Paths, told: list[str], since: datetime | None) -> None:
    body = {"told": told[-_KEPT:], "since": None if since is None else since.isoformat()}
    write_beside(paths.home / STATE_FILE, json.dumps(body, indent=1))
