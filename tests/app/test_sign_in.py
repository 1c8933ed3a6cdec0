"""Sign-in through Chromium against a real provider on loopback: who is let in, what each may, and what is logged."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from identity_provider import CLIENT, SECRET, provider_on_loopback

from data.access_log import read_access
from data.restricted import write_restricted
from data.settings import Paths

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from identity_provider import Provider
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
WAIT = 60_000

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="No Chromium on this machine (apt-get install chromium)")


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with provider_on_loopback() as found:
        yield found


@pytest.fixture(scope="module")
def paths(homes: dict[str, Paths], tmp_path_factory: pytest.TempPathFactory, example: ModuleType) -> Paths:
    folder = tmp_path_factory.mktemp("signed")
    shutil.copytree(homes["full"].home, folder / "home")
    (folder / "keys").mkdir(mode=0o700)
    found = Paths(home=folder / "home", secrets=folder / "keys")
    write_restricted(found, example.RUN_ID, example.restricted())
    return found


@pytest.fixture(scope="module")
def address(provider: Provider, paths: Paths) -> Iterator[str]:
    """``opdrift app`` with a sign-in, as its own process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    provider.redirect = f"http://127.0.0.1:{port}/oauth2callback"
    facts = {
        "redirect_uri": provider.redirect,
        "cookie_secret": secrets.token_hex(32),
        "client_id": CLIENT,
        "client_secret": SECRET,
        "server_metadata_url": f"{provider.address}/.well-known/openid-configuration",
    }
    paths.sign_in.write_text("[auth]\n" + "".join(f'{key} = "{value}"\n' for key, value in facts.items()), encoding="utf-8")
    paths.sign_in.chmod(0o600)
    env = os.environ | {"OPDRIFT_SECRETS": str(paths.secrets), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "flows.cli", "app", "--home", str(paths.home), "--port", str(port)]
    log = paths.home.parent / "app.log"
    with (
        log.open("wb") as out,
        subprocess.Popen(command, cwd=ROOT, env=env, stdout=out, stderr=out, start_new_session=True) as process,
    ):
        try:
            for _ in range(200):
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2).close()
                    break
                except OSError:
                    assert process.poll() is None, log.read_text()
                    time.sleep(0.3)
            yield f"http://127.0.0.1:{port}"
        finally:
            os.killpg(process.pid, 15)
            process.wait(20)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    with sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield found
        found.close()


def signed_in(browser: Browser, address: str, who: str) -> Page:
    page = browser.new_context(locale="da-DK").new_page()
    page.goto(address, timeout=WAIT)
    page.get_by_text("Log ind for at se tallene.").wait_for(timeout=WAIT)
    assert "Resultater er skøn" not in page.content()
    page.get_by_role("button", name="Log ind").click()
    page.locator(f'[id="{who}"]').click(timeout=WAIT)
    page.wait_for_url(f"{address}/**", timeout=WAIT)
    return page


def settled(page: Page) -> None:
    """Wait until the page is drawn: a click before that belongs to the page that goes."""
    page.wait_for_timeout(500)
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for(timeout=WAIT)
    page.wait_for_timeout(500)


def turned_on(page: Page, label: str, said: str) -> None:
    """Turn a switch on and wait for what it shows; a click that the drawing of the page swallowed is made again."""
    for _ in range(3):
        switch = page.get_by_label(label, exact=True)
        switch.wait_for(state="attached", timeout=WAIT)
        if not switch.is_checked():
            page.get_by_text(label, exact=True).click(timeout=WAIT)
        settled(page)
        if page.get_by_text(said).count():
            break
    page.get_by_text(said).first.wait_for(timeout=WAIT)


def unsuppressed(page: Page) -> None:
    """Go to the page and wait until it is drawn."""
    settled(page)
    page.get_by_role("link", name="Uden skjul").first.click(timeout=WAIT)
    page.get_by_role("heading", name="Uden skjul").wait_for(timeout=WAIT)
    settled(page)


def test_a_viewer_sees_suppressed_totals_and_nothing_more(browser: Browser, address: str, paths: Paths) -> None:
    page = signed_in(browser, address, "politiker")
    page.get_by_role("heading", name="Overblik").wait_for(timeout=WAIT)
    assert page.get_by_role("link", name="Uden skjul").count() == 0
    page.goto(f"{address}/uden-skjul", timeout=WAIT)
    page.wait_for_timeout(2000)
    assert page.get_by_text("Vis indsatsernes tal", exact=True).count() == 0
    events = [line for line in read_access(paths) if line["who"] == "politiker@example.org"]
    assert {line["event"] for line in events} == {"signed_in"}
    assert {line["role"] for line in events} == {"viewer"}


@pytest.mark.parametrize("who", ["fremmed", "uden"])
def test_who_has_no_role_is_refused_and_that_is_logged(browser: Browser, address: str, paths: Paths, who: str) -> None:
    page = signed_in(browser, address, who)
    page.get_by_text("har ingen rolle her").wait_for(timeout=WAIT)
    assert "Resultater er skøn" not in page.content()
    assert ("refused", "") in {
        (line["event"], line["role"]) for line in read_access(paths) if line["who"] == f"{who}@example.org"
    }


def test_staff_see_unsuppressed_totals_and_every_look_and_download_is_logged(
    browser: Browser, address: str, paths: Paths, provider: Provider
) -> None:
    page = signed_in(browser, address, "konsulent")
    unsuppressed(page)
    turned_on(page, "Vis indsatsernes tal", "Bruttoudgift efter det år")
    assert page.get_by_text("Vis sager", exact=True).count() == 0
    page.get_by_role("link", name="Overblik").first.click(timeout=WAIT)
    page.get_by_role("heading", name="Overblik").wait_for(timeout=WAIT)
    settled(page)
    with page.expect_download(timeout=WAIT) as caught:
        page.get_by_role("button", name="Hent tabellen som CSV").first.click(timeout=WAIT)
    assert caught.value.suggested_filename.endswith(".csv")
    events = {(line["event"], line["what"]) for line in read_access(paths) if line["who"] == "konsulent@example.org"}
    assert ("unsuppressed", "plain_totals") in events
    assert ("download", caught.value.suggested_filename) in events
    settled(page)
    page.get_by_role("button", name="Log ud").click(timeout=WAIT)
    page.get_by_text("Log ind for at se tallene.").wait_for(timeout=WAIT)
    provider.roles["konsulent"] = {"roles": ["sagsøkonom"]}
    again = signed_in(browser, address, "konsulent")
    unsuppressed(again)
    turned_on(again, "Vis sager", "Sager under nøgle")
    events = {(line["event"], line["what"]) for line in read_access(paths) if line["who"] == "konsulent@example.org"}
    assert ("role_changed", "from staff") in events
    assert any(event == "cases" for event, _ in events)
    assert paths.access_log.stat().st_mode & 0o077 == 0
