"""The pages in a real browser: no axe violation, everything by keyboard, the right language, nothing cut off.

Uses the system's Chromium (Debian's package ``chromium``); without one these tests are skipped.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import published_example
import pytest
from test_committee import MOST_CHARTS, MOST_LIX, MOST_WORDS, lix

from data.restricted import write_restricted
from data.scenario_store import keep_scenario
from models.scenario import Scenario, check_scenario, offers_of
from models.view.questions import QUESTIONS
from models.view.run import RunView, read_record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from data.settings import Paths

ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
PAGES = {
    "overblik": "",
    "scenarier": "scenarier",
    "udvalg": "udvalg",
    "prioritering": "prioritering",
    "forebyggelse": "forebyggelse",
    "budgetopfoelgning": "budgetopfoelgning",
    "modelkvalitet": "modelkvalitet",
    "data": "data",
    "uden skjul": "uden-skjul",
}
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}
WAIT = 60_000
HEADLINE = ".od-main .od-value"

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="No Chromium on this machine (apt-get install chromium): pages not tested in it"
)


@pytest.fixture(scope="module")
def address(homes: dict[str, Paths]) -> Iterator[str]:
    """The app as its own process, on loopback, with the full example, for a role that may see all of it."""
    write_restricted(homes["full"], published_example.RUN_ID, published_example.restricted())
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = os.environ | {
        "OPDRIFT_HOME": str(homes["full"].home),
        "OPDRIFT_SECRETS": str(homes["full"].secrets),
        "OPDRIFT_LOCAL_ROLE": "sagsøkonom",
    }
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            until_answer(f"http://127.0.0.1:{port}/_stcore/health")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(20)


def until_answer(url: str) -> None:
    for _ in range(120):
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.5)
    pytest.fail("The app did not answer within a minute")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


def visit(browser: Browser, url: str, *, theme: str = "light", width: int = 1366, height: int = 768) -> Page:
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=theme, locale="da-DK")  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(url)
    page.wait_for_selector(".od-foot", timeout=WAIT)
    page.wait_for_function("() => !document.querySelector('[data-testid=stStatusWidget]')", timeout=WAIT)
    return page


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(browser: Browser, address: str, name: str, theme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe  # noqa: PLC0415

    page = visit(browser, f"{address}/{PAGES[name]}", theme=theme)
    if name == "uden skjul":
        for told in ("Vis indsatsernes tal", "Vis sager"):
            page.get_by_text(told, exact=True).click()
        page.get_by_role("table").nth(1).wait_for(timeout=WAIT)
    for summary in page.locator('[data-testid="stExpander"] summary').all():
        summary.click()
    page.wait_for_timeout(1000)
    page.wait_for_function("() => !document.querySelector('[data-stale=true], [data-testid=stStatusWidget]')", timeout=WAIT)
    page.wait_for_timeout(500)
    found = Axe().run(page, options=RULES)
    page.context.close()
    assert not [(item["id"], [node["html"][:150] for node in item["nodes"]]) for item in found.response["violations"]]


def test_the_language_is_told_to_the_screen_reader(browser: Browser, address: str) -> None:
    page = visit(browser, address)
    assert page.evaluate("document.documentElement.lang") == "da"
    page.get_by_text("English", exact=True).click()
    page.wait_for_function("() => document.documentElement.lang === 'en'", timeout=WAIT)
    page.get_by_role("heading", name="Overview", level=1).wait_for(timeout=WAIT)
    assert "lang=en" in page.url
    page.get_by_role("link", name="Scenarios").click()
    page.get_by_role("heading", name="Scenarios", level=1).wait_for(timeout=WAIT)
    page.context.close()


def test_a_scenario_by_keyboard_only(browser: Browser, address: str) -> None:
    page = visit(browser, f"{address}/scenarier")
    page.wait_for_selector(HEADLINE, timeout=WAIT)
    page.locator("body").press("Tab")
    for _ in range(80):
        if page.evaluate("document.activeElement.type") == "range":
            break
        page.keyboard.press("Tab")
    name = page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert name == "Botilbud: vejledende serviceniveau"
    before = page.locator(HEADLINE).inner_text()
    for _ in range(4):
        page.keyboard.press("ArrowLeft")
    moved = "([selector, text]) => (document.querySelector(selector) || {}).innerText !== text"
    page.wait_for_function(moved, arg=[HEADLINE, before], timeout=WAIT)
    page.wait_for_function("() => location.search.includes('s=k-')", timeout=WAIT)
    assert page.evaluate("document.activeElement.getAttribute('aria-valuetext')") == "−2,0 %"
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == name
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == f"{name}, procent mod grundforløbet"
    page.keyboard.type("0")
    page.keyboard.press("Enter")
    page.wait_for_function(
        "([selector, text]) => document.querySelector(selector)?.innerText === text", arg=[HEADLINE, before], timeout=WAIT
    )
    page.context.close()


def test_one_click_leads_to_services_also_by_keyboard(browser: Browser, address: str) -> None:
    page = visit(browser, f"{address}/budgetopfoelgning")
    page.get_by_role("radio", name="Forebyggelse og anbringelse").focus()
    page.keyboard.press("Enter")
    page.get_by_text("Indsatserne i Forebyggelse og anbringelse").wait_for(timeout=WAIT)
    page.get_by_role("rowheader", name="Plejefamilie").first.wait_for(timeout=WAIT)
    with page.expect_download(timeout=WAIT) as caught:
        page.get_by_role("button", name="Hent opfølgningen som Excel").press("Enter")
    assert caught.value.suggested_filename == "budgetopfoelgning_2026.xlsx"
    page.context.close()


def test_a_fast_hand_loses_no_press(browser: Browser, address: str) -> None:
    page = visit(browser, f"{address}/scenarier")
    page.get_by_role("radio", name="Pris og tilbud").or_(page.get_by_role("button", name="Pris og tilbud")).first.click()
    page.get_by_role("slider", name="Botilbud: pris").focus()  # by name: sliders are not drawn in their order
    for _ in range(3):
        for _ in range(3):
            page.keyboard.press("ArrowLeft")
            page.wait_for_timeout(70)
        page.wait_for_timeout(350)
    page.wait_for_function("() => document.activeElement.getAttribute('aria-valuetext') === '−4,5 %'", timeout=WAIT)
    page.locator('input[aria-label^="Botilbud: pris"][placeholder="−4,5 %"]').wait_for(timeout=WAIT)
    page.wait_for_timeout(1000)
    assert page.evaluate("document.activeElement.getAttribute('aria-valuetext')") == "−4,5 %"
    page.context.close()


SEEN = """() => {
  const main = document.querySelector('[data-testid=stMain]'), all = (what) => [...main.querySelectorAll(what)];
  return {
    text: all('p, li, td, th, h1, h2, h3, summary, .od-head div').map(e => e.innerText),
    unseen: all('.od-unseen').map(e => e.textContent),
    fields: all('input').map(e => [e.ariaLabel, e.ariaValueText, e.type === 'range' ? '' : e.value, e.placeholder, e.disabled]),
    buttons: all('button').map(e => [e.innerText, e.disabled, e.ariaChecked]),
    marks: all('[class*=st-key-row_]').map(e => [...e.classList].join() + getComputedStyle(e, '::before').content),
    charts: all('[data-testid=stVegaLiteChart] svg').map(
      e => [...e.querySelectorAll('text')].map(t => t.textContent).sort().join()),
  };
}"""


LINES = """const Line = WebSocket;
window.lines = [];
window.WebSocket = class extends Line {constructor(...given) {super(...given); window.lines.push(this);}};"""


def settled(page: Page) -> dict[str, list[object]]:
    """What the page shows once it has come to rest."""
    page.wait_for_timeout(350)
    page.wait_for_function(
        "() => document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning'"
        " && !document.querySelector('[data-stale=true]')",
        timeout=WAIT,
    )
    page.wait_for_timeout(250)
    seen: dict[str, list[object]] = page.evaluate(SEEN)
    return seen


def nothing_is_stale(page: Page) -> dict[str, list[object]]:
    """A page drawn by parts shows what it shows when all of it is drawn: another year, and this one again."""
    seen = settled(page)
    years = page.get_by_role("radio", name=re.compile("^20[0-9]{2}$"))
    chosen = [year.get_attribute("aria-checked") for year in years.all()].index("true")
    for place in (chosen + 1, chosen):
        years.nth(place).click()
        again = settled(page)
    assert seen == again
    return seen


def test_what_follows_a_slider_is_drawn_and_nothing_is_stale(browser: Browser, address: str) -> None:
    """Two sliders in turn, undone and done again, with details, tables and what is kept open, and a number that is none."""
    page = visit(browser, f"{address}/scenarier")
    page.get_by_role("radio", name="Pris og tilbud").or_(page.get_by_role("button", name="Pris og tilbud")).first.click()
    slider, other = (page.get_by_role("slider", name=re.compile(f"^{group}.*: pris")) for group in ("Botilbud", "Anbringelser"))
    slider.focus()
    page.keyboard.press("ArrowLeft")
    seen = [nothing_is_stale(page)]
    assert page.get_by_role("button", name="Fortryd").is_enabled()
    assert sum("ændret" in str(mark) for mark in seen[0]["marks"]) == 1

    def go(what: str, *keys: str) -> None:
        """One more step, after which nothing is stale; it is another page than before."""
        page.get_by_role("slider", name=what).focus()
        for key in keys:
            page.keyboard.press(key)
        seen.append(nothing_is_stale(page))
        assert seen[-1]["text"] != seen[-2]["text"]

    go("Botilbud: pris", "ArrowLeft")
    other.focus()
    page.keyboard.press("ArrowRight")
    slider.focus()  # before the page has answered
    page.keyboard.press("ArrowLeft")
    both = nothing_is_stale(page)
    assert [one.get_attribute("aria-valuetext") for one in (slider, other)] == ["−1,5 %", "+0,5 %"]
    page.get_by_role("button", name="Fortryd").click()
    page.get_by_role("button", name="Gentag").click()
    assert settled(page)["text"] == both["text"]
    page.get_by_role("button", name="Fortryd").click()
    settled(page)
    go("Botilbud: pris", "ArrowLeft", "ArrowLeft")
    assert page.get_by_role("button", name="Gentag").is_disabled(), "there is nothing to do again after a move"
    page.get_by_role("button", name="Detaljer: Botilbud: pris").click()
    page.get_by_text("Hvad kan kommunalbestyrelsen bestemme?").click()
    for toggle in ("Vis tabeller", "Gem, åbn og sammenlign"):
        page.get_by_test_id("stCheckbox").filter(has_text=toggle).locator("label").click()
        settled(page)
    go("Botilbud: pris", "ArrowLeft")
    field = page.get_by_role("textbox", name=re.compile("^Anbringelser.*: pris"))
    field.fill("kat")
    field.press("Enter")
    assert "Skriv et tal mellem" in str(nothing_is_stale(page)["text"])
    go("Botilbud: pris", "ArrowRight")
    assert "Skriv et tal mellem" not in str(seen[-1]["text"])
    page.context.close()


def test_steps_in_the_meeting_leave_nothing_stale(browser: Browser, address: str) -> None:
    """A nervous hand on the large buttons loses no press; the link holds what was reached, also when the connection is lost."""
    page = visit(browser, f"{address}/udvalg")
    down = page.get_by_role("button", name="Et trin ned: Botilbud: pris")
    for _ in range(4):
        down.click()
        page.wait_for_timeout(60)
    seen = nothing_is_stale(page)
    assert page.get_by_role("slider", name="Botilbud: pris").get_attribute("aria-valuetext") == "−2,0 %"
    page.get_by_role("slider", name="Botilbud: pris").focus()
    page.keyboard.press("Home")
    assert down.is_enabled()
    lowest = nothing_is_stale(page)
    assert lowest["text"] != seen["text"]
    assert down.is_disabled(), "it stands at its lowest"
    link = page.url
    page.add_init_script(LINES)
    page.goto(link)
    page.wait_for_selector(".od-foot", timeout=WAIT)
    assert settled(page)["unseen"] == lowest["unseen"]
    page.evaluate("window.lines.forEach(line => line.close())")
    page.wait_for_function("() => window.lines.length > 1 && window.lines.at(-1).readyState === 1", timeout=WAIT)
    assert settled(page)["unseen"] == lowest["unseen"], "a lost connection loses nothing"
    page.get_by_role("slider", name="Botilbud: pris").focus()
    page.keyboard.press("ArrowRight")
    assert nothing_is_stale(page)["unseen"] != lowest["unseen"]
    assert page.url == link
    page.context.close()


def test_a_shared_link_survives_a_reload(browser: Browser, address: str) -> None:
    page = visit(browser, f"{address}/scenarier")
    page.wait_for_selector(HEADLINE, timeout=WAIT)
    before = page.locator(HEADLINE).inner_text()
    page.get_by_role("slider", name="Botilbud: vejledende").focus()
    page.keyboard.press("Home")
    page.wait_for_function("() => location.search.includes('s=k-')", timeout=WAIT)
    shown = page.locator(HEADLINE).inner_text()
    assert shown != before
    link = page.url
    page.reload()
    page.wait_for_selector(HEADLINE, timeout=WAIT)
    assert page.locator(HEADLINE).inner_text() == shown
    assert page.url == link
    page.get_by_role("link", name="Udvalgsmøde").click()
    page.wait_for_function("() => location.pathname.endsWith('udvalg') && location.search.includes('s=k-')", timeout=WAIT)
    page.wait_for_selector(HEADLINE, timeout=WAIT)
    assert page.locator(HEADLINE).inner_text() == shown
    page.context.close()


def test_every_chart_is_said_in_words(browser: Browser, address: str) -> None:
    page = visit(browser, address)
    page.wait_for_selector('[data-testid="stVegaLiteChart"] canvas, [data-testid="stVegaLiteChart"] svg', timeout=WAIT)
    page.wait_for_timeout(1000)
    charts = page.locator('[data-testid="stVegaLiteChart"]').all()
    assert len(charts) == 4
    for chart in charts:
        said = chart.evaluate("e => [e, ...e.querySelectorAll('*')].map(x => x.getAttribute('aria-label') || '').join(' ')")
        assert "mio. kr." in said
    page.context.close()


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(("width", "height"), [(1366, 768), (683, 384), (820, 1180)], ids=["laptop", "zoomed-200", "tablet"])
def test_nothing_runs_out_of_the_page(browser: Browser, address: str, name: str, width: int, height: int) -> None:
    page = visit(browser, f"{address}/{PAGES[name]}", width=width, height=height)
    page.wait_for_timeout(800)
    beyond = page.evaluate("() => document.querySelector('[data-testid=stMain]').scrollWidth - window.innerWidth")
    assert beyond <= 0
    if width == 1366:
        tables = page.locator(".od-table").evaluate_all("all => all.map(e => [e.ariaLabel, e.scrollWidth - e.clientWidth])")
        assert not [found for found in tables if found[1] > 0], "A table's last columns stand out of sight on a laptop"
    page.context.close()


def test_no_choice_is_hidden_beside_the_others(browser: Browser, address: str) -> None:
    """Seven kinds of lever in one row: those that ran out of it were faded away, and nobody knew of them."""
    page = visit(browser, f"{address}/scenarier")
    page.get_by_text("Hvad nu hvis", exact=True).first.click()
    page.get_by_text("Egen vækst i omfang", exact=True).first.wait_for(timeout=WAIT)
    page.wait_for_timeout(800)
    rows = page.locator('[data-testid="stButtonGroup"] [role="radiogroup"]').evaluate_all(
        "rows => rows.map(row => [row.scrollWidth - row.clientWidth, row.querySelectorAll('button').length])"
    )
    assert max(buttons for _, buttons in rows) > 6
    assert all(beyond <= 0 for beyond, _ in rows)
    page.context.close()


@pytest.fixture(scope="module")
def newer(homes: dict[str, Paths]) -> str:
    """A kept scenario of the newer levers: stays, newcomers, one span of ages, the refund's rules."""
    tables = published_example.frames()
    baseline = RunView.of(published_example.RUN_ID, tables, read_record(tables["run_record"])).baseline
    offers = {offer.lever_id: offer for offer in offers_of(baseline)}
    levers = [
        offers["varighed_anbringelser"].at(-8.0),
        offers["henvisninger_anbringelser"].at(-8.0),
        replace(offers["pris_stoette_hjemme"].at(-4.0), age_bands=("18-22",)),
        offers["refusionsregler"].at(10.0),
    ]
    scenario = Scenario.of(levers).pinned(published_example.RUN_ID, published_example.PL)
    assert not check_scenario(scenario, baseline)
    keep_scenario(homes["full"], scenario.scenario_id, scenario.to_json())
    return scenario.scenario_id


@pytest.mark.parametrize("moved", [False, True], ids=["nothing moved", "newer levers moved"])
def test_ten_questions_are_answered_within_two_clicks(browser: Browser, address: str, newer: str, *, moved: bool) -> None:
    page = visit(browser, f"{address}/udvalg?s={newer}" if moved else f"{address}/udvalg")
    page.get_by_role("radio", name="Spørgsmål").click()
    answers = set()
    for asked in QUESTIONS:
        page.get_by_role("radio", name=asked.short, exact=True).click()
        page.get_by_role("heading", name=asked.title).wait_for(timeout=WAIT)
        page.wait_for_function("() => !document.querySelector('[data-stale=true]')", timeout=WAIT)
        said = page.locator(".st-key-answer .od-lead").inner_text()
        words, hardness = lix(said)
        assert 3 <= words <= MOST_WORDS, said
        assert hardness <= MOST_LIX, (round(hardness), said)
        answers.add(said)
        assert page.locator('[data-testid="stVegaLiteChart"]').count() <= MOST_CHARTS
        place = page.locator(".st-key-answer").bounding_box()
        assert place is not None
        assert place["y"] + place["height"] <= 768
    assert len(answers) == len(QUESTIONS)
    assert page.locator(".od-head").inner_text().count("mio. kr.") == 3
    page.context.close()


def test_a_quiet_round_leaves_no_slip_behind(browser: Browser, address: str, homes: dict[str, Paths]) -> None:
    """Lowest, middle and highest are what the room sees; the others are nowhere: on the page, in its address, in any file."""
    from playwright.sync_api import expect  # noqa: PLC0415

    page = visit(browser, f"{address}/udvalg")
    page.get_by_role("radio", name="Stille runde").click()
    page.get_by_test_id("stRadio").get_by_text("Botilbud: pris").click()
    page.get_by_role("button", name="Begynd runden").click()
    for number, slip in enumerate(("-1,37", "2,63", "-4,91", "0,59", "-0,73"), start=1):
        field = page.get_by_role("textbox", name="Næste seddel")
        field.fill(slip)
        field.press("Enter")
        page.get_by_text(re.compile(f"^{number} sed(del|ler) er tastet")).wait_for(timeout=WAIT)
        expect(field).to_have_value("", timeout=WAIT)
    page.get_by_role("button", name="Vis spredningen").click()
    page.get_by_text("5 sedler, fra −4,9 % til +2,6 %, den midterste er −0,7 %").wait_for(timeout=WAIT)
    page.get_by_role("button", name="Sæt skyderen til midten: −0,5 %").click()
    page.get_by_role("radio", name="Skydere").click()
    page.get_by_role("slider", name="Botilbud: pris").wait_for(timeout=WAIT)
    assert page.get_by_role("slider", name="Botilbud: pris").get_attribute("aria-valuetext") == "−0,5 %"
    page.wait_for_function("() => location.search.includes('s=k-')", timeout=WAIT)
    kept = [file.read_text(encoding="utf-8") for file in homes["full"].home.rglob("*.json*")]
    assert any('"count": 5' in text for text in kept)
    for text in (*kept, page.url, page.locator("body").inner_text()):
        assert not re.search(r"1[.,]37\b|0[.,]59\b", text)
    page.context.close()


def test_the_meeting_needs_no_mouse(browser: Browser, address: str) -> None:
    page = visit(browser, f"{address}/udvalg")
    before = page.locator(HEADLINE).inner_text()
    page.get_by_role("button", name="Et trin ned: Botilbud: pris").focus()
    page.keyboard.press("Enter")
    page.wait_for_function("([s, text]) => document.querySelector(s).innerText !== text", arg=[HEADLINE, before], timeout=WAIT)
    page.get_by_role("button", name="Fuld skærm").focus()
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.fullscreenElement !== null", timeout=WAIT)
    page.get_by_role("radio", name="Referat").focus()
    page.keyboard.press("Enter")
    with page.expect_download(timeout=WAIT) as caught:
        page.get_by_role("button", name="Hent skærmen som PDF").press("Enter")
    assert Path(caught.value.path()).read_bytes().startswith(b"%PDF-")
    page.context.close()
