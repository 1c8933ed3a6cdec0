"""Measure the page Scenarier in Chromium beside a minimal page, alone and under load: ``make browser HOME_DIR=...``.

Prints key press to headline, first paint, and what 25 sessions do to both; ratios are what counts, since machines are noisy.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING

import psutil
from playwright.sync_api import sync_playwright

from tests.bench.page_sessions import move_sliders

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
WATCH = """() => {
  const value = () => (document.querySelector('.od-main .od-value') || {}).innerText;
  window.moves = []; window.begun = null; window.before = value();
  document.addEventListener('keydown', () => { window.begun = performance.now(); window.before = value(); }, true);
  new MutationObserver(() => {
    if (window.begun !== null && value() && value() !== window.before) {
      window.moves.push(performance.now() - window.begun); window.begun = null; }
  }).observe(document.body, {subtree: true, childList: true, characterData: true});
}"""


@dataclass(frozen=True)
class Target:
    """One page under measurement."""

    name: str
    script: str
    address: str
    slider: str
    theme: str = ""


PAGES = (
    Target("minimal", "tests/bench/minimal_page.py", "", "Slider 0"),
    Target("scenarier", "app.py", "scenarier", "Botilbud: pris", "Pris og tilbud"),
    Target("udvalg", "app.py", "udvalg", "Botilbud: pris"),
)


@contextmanager
def served(script: str, home: str) -> Iterator[tuple[int, psutil.Process]]:
    """A server of one script on loopback."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", script, "--server.port", str(port)]
    env = os.environ | {"OPDRIFT_HOME": home, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            for _ in range(240):
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2).close()
                    break
                except OSError:
                    time.sleep(0.25)
            yield port, psutil.Process(process.pid)
        finally:
            process.terminate()
            process.wait(20)


def opened(browser: Browser, port: int, target: Target) -> Page:
    """A fresh page, drawn to its foot."""
    page = browser.new_context(viewport={"width": 1366, "height": 768}, locale="da-DK").new_page()
    page.goto(f"http://127.0.0.1:{port}/{target.address}")
    page.wait_for_selector(".od-foot", timeout=120_000)
    if target.theme:
        page.get_by_text(target.theme, exact=True).first.click()
    page.wait_for_timeout(1500)
    return page


def first_paints(browser: Browser, port: int, target: Target, count: int) -> list[float]:
    """Seconds from the address to the headline, with the run in the server's cache."""
    found = []
    for _ in range(count):
        context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="da-DK")
        page = context.new_page()
        begun = time.monotonic()
        page.goto(f"http://127.0.0.1:{port}/{target.address}")
        page.wait_for_selector(".od-main .od-value", timeout=120_000)
        found.append(time.monotonic() - begun)
        context.close()
    return found


def presses(page: Page, target: Target, count: int) -> list[float]:
    """Milliseconds from a key press on a slider to the changed headline."""
    page.get_by_role("slider", name=target.slider).first.focus()
    page.evaluate(WATCH)
    for number in range(count):
        page.keyboard.press("ArrowLeft" if number % 4 < 2 else "ArrowRight")
        page.wait_for_timeout(700)
    return [float(value) for value in page.evaluate("window.moves")]


def told(values: list[float], unit: str) -> str:
    """Median and 95th percentile."""
    high = quantiles(values, n=20)[-1] if len(values) > 1 else values[0]
    return f"median {median(values):8.2f} {unit}, 95 % within {high:8.2f} {unit} (n={len(values)})"


def alone(browser: Browser, home: str, count: int) -> None:
    """Every page by itself."""
    base: dict[str, float] = {}
    for target in PAGES:
        with served(target.script, home) as (port, _):
            page = opened(browser, port, target)
            keys = presses(page, target, count)
            page.context.close()
            paints = first_paints(browser, port, target, max(count // 5, 3))
        figures = {"key": median(keys), "key95": quantiles(keys, n=20)[-1], "paint": median(paints)}
        base = base or figures
        print(f"{target.name:10} key press to headline: {told(keys, 'ms')}")
        print(f"{target.name:10} first paint:           {told(paints, 's ')}")
        ratios = ", ".join(f"{name} {figures[name] / base[name if name != 'key95' else 'key']:.2f}" for name in figures)
        print(f"{target.name:10} over the minimal page (key95: over its median): {ratios}\n", flush=True)


def under_load(browser: Browser, home: str, sessions: int, seconds: float, count: int) -> None:
    """Pages while other sessions move sliders."""
    base = 0.0
    for target in PAGES[:2]:
        with served(target.script, home) as (port, server), ProcessPoolExecutor(1) as apart:
            page = opened(browser, port, target)
            begun = time.monotonic()
            load = apart.submit(move_sliders, port, target.address, count=sessions - 1, seconds=seconds)
            memory, keys = [], []
            while time.monotonic() - begun < seconds:
                keys += presses(page, target, count)
                memory.append(server.memory_info().rss / 2**20)
            seen = load.result()
            page.context.close()
        moves = [second * 1000 for item in seen for second in item.seconds]
        errors = [error for item in seen for error in item.errors]
        base = base or median(keys)
        print(f"{target.name:10} {sessions} sessions: key press {told(keys, 'ms')}, {median(keys) / base:.2f} of minimal")
        print(f"{target.name:10} the others' moves to their headline: {told(moves, 'ms')}; errors: {len(errors)} {errors[:2]}")
        told_memory = " ".join(f"{value:.0f}" for value in memory)
        print(f"{target.name:10} server's memory over time, MB: {told_memory}\n", flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", required=True)
    parser.add_argument("--presses", type=int, default=40)
    parser.add_argument("--sessions", type=int, default=25)
    parser.add_argument("--seconds", type=float, default=120.0)
    asked = parser.parse_args()
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        alone(browser, asked.home, asked.presses)
        if asked.sessions > 1:
            under_load(browser, asked.home, asked.sessions, asked.seconds, 10)
        browser.close()


if __name__ == "__main__":
    main()
