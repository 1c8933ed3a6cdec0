"""Router of the pages: finds the published run, the language and the colours, and hands them to the page that is asked for.

Started by ``opdrift app`` or ``streamlit run app.py``; the home is read from ``OPDRIFT_HOME``. The only place of the pages that
reads the clock or the environment. Nothing of a run is read for whom the door (``app_pages.gate``) does not let in.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from app_pages import gate
from app_pages.parts import CONTEXT, Context
from app_pages.process import set_apart, share_fairly
from data.access_log import note_access, note_sign_in
from data.adjustment_store import AdjustmentRefused, read_adjustments, signature_of
from data.decision_store import DecisionRefused
from data.errors import NoPublishedRun, SettingsInvalid
from data.follow_ups import earlier_results
from data.mart import Mart
from data.restricted import read_case_rows, read_plain_totals
from data.settings import Settings, paths_from_environment, read_settings
from models.outturn import FollowUp
from models.view import states
from models.view.few_rows import without_few_rows
from models.view.language import LANGUAGES, Language
from models.view.roles import ADJUST, DECIDE, UNSUPPRESSED, Role, may, role_of
from models.view.run import RunView, read_record
from models.view.style import STYLE, document_language, page_values
from models.view.theme import palette

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from data.settings import Paths
    from models.investment.case import Case

LANGUAGE = "language"
ADMITTED = "admitted"
OWN_MACHINE = frozenset({"127.0.0.1", "localhost", "[::1]", "::1"})
TABLES = (
    "run_record", "input_files", "rule_results", "balance", "services", "actual_months", "forecast_months", "actual_years",
    "forecast_years", "draws", "variant_factors", "accounting_weights", "accounting_fixed", "frame_outlook", "drift", "bridge",
    "provider_years", "notices", "uniforms", "forecast_quality", "forecast_quality_months", "year_result", "year_result_months",
    "year_bridge", "commitment_differences", "known_months", "transition_radar", "transition_leaving", "refund_ahead",
    "refund_response", "refund_thresholds", "year_result_spread", "completion_development", "staff_adjustments",
    "staff_estimates", "citizen_ratings", "hearing_answers", "provider_types",
    "cost_concentration", "provider_shares", "stay_response", "age_shares",
)  # fmt: skip

# Not in runs of the version before: their pages say what is not known until the next night. (A comment: Streamlit's magic would
# write a bare string onto every page.)
NEW = frozenset({
    "uniforms", "refund_ahead", "refund_response", "refund_thresholds", "year_result_spread", "staff_adjustments",
    "staff_estimates", "citizen_ratings", "hearing_answers", "provider_types", "cost_concentration", "provider_shares",
    "stay_response", "age_shares", "transition_leaving",
})  # fmt: skip


@st.cache_resource(max_entries=2, show_spinner=False)
def load_run(home: str, run_id: str, _mart: Mart) -> RunView:  # noqa: ARG001  (the cache key)
    """Read a published run once; it never changes. Cached by home and run.

    Args:
        home: The home's path.
        run_id: The run's name.
        _mart: The run's file.
    """
    with _mart.held():
        tables = {name: _mart.table_or_none(name) if name in NEW else _mart.table(name) for name in TABLES}
    run = RunView.of(run_id, tables, read_record(tables["run_record"]))
    share_fairly()
    set_apart()
    return run


@st.cache_resource(max_entries=2, show_spinner=False)
def load_suppressed(home: str, run_id: str, min_rows: int, _run: RunView) -> RunView:  # noqa: ARG001  (the cache key)
    """The run as it stands for who sees suppressed figures alone. Cached by home, run and threshold.

    Args:
        home: The home's path.
        run_id: The run's name.
        min_rows: Amounts of fewer rows are left out.
        _run: As it was published.
    """
    return without_few_rows(_run, min_rows)


@st.cache_resource(max_entries=2, show_spinner=False)
def load_earlier(home: str, run_id: str, _settings: Settings, _run: RunView) -> tuple[FollowUp, ...]:  # noqa: ARG001  (the cache key)
    """Read the follow-ups before a run once. Cached by home and run.

    Args:
        home: The home's path.
        run_id: The run's name.
        _settings: Home, and after which months follow-ups are made.
        _run: The run that is shown.
    """
    found = earlier_results(
        _settings.paths,
        cutoff=_run.cutoff,
        municipality=_run.fact("municipality"),
        currency=_run.currency,
        months=_settings.follow_up_months,
    )
    return tuple(
        FollowUp(
            run_id=item.vintage.run_id,
            cutoff=item.vintage.cutoff.date(),
            remade=bool(item.vintage.as_of),
            price_level=item.price_level,
            result=item.result,
            months=item.months,
        )
        for item in found
    )


def find_run(settings: Settings, language: Language) -> tuple[RunView | None, tuple[str, ...], str]:
    """Find the run to show, or say in plain words why there is none, and why it is not the one the pointer names."""
    home = settings.paths.home
    try:
        mart = Mart.open(settings.paths)
        return load_run(str(home), mart.run_id, mart), (), mart.reason
    except NoPublishedRun:
        if has_run_files(settings.paths.published):
            return None, states.broken(language, str(home)), ""
        return None, states.empty(language, str(home)), ""


def find_other(settings: Settings, run_id: str) -> RunView | None:
    """Another published run by its name; None where it is retired or can't be read."""
    try:
        return load_run(str(settings.paths.home), run_id, Mart.open(settings.paths, run_id))
    except NoPublishedRun:
        return None


def has_run_files(published: Path) -> bool:
    """Whether anything was ever published here: then what can't be shown is damaged, not missing."""
    return any(published.glob("run-*.duckdb"))


def choose_language(default: str) -> str:
    """The language of this session: the link first, then the choice, then the home's setting."""
    if LANGUAGE not in st.session_state:
        asked = st.query_params.get("lang", default)
        st.session_state[LANGUAGE] = asked if asked in LANGUAGES else default
    code: str = st.session_state[LANGUAGE]
    if st.query_params.get("lang", default) != code:
        st.query_params["lang"] = code
    return code


def is_own_machine() -> bool:
    """Whether the pages listen here alone and are asked for by this machine's own name: neither a proxy's nor another site's."""
    host = st.context.headers.get("Host", "localhost").lower()
    name = host if host.endswith("]") else host.rsplit(":", 1)[0]
    return name in OWN_MACHINE and str(st.get_option("server.address")) in OWN_MACHINE


def admitted(paths: Paths, language: Language) -> tuple[str, Role] | None:
    """Who asks, and in what role; None: the door was drawn instead of a page."""
    claims: Mapping[str, object] | None = st.user.to_dict() if "is_logged_in" in st.user else None
    if claims is not None and not claims.get("is_logged_in"):
        gate.ask(language)
        return None
    if claims is None and not is_own_machine():
        gate.close(language)
        return None
    claim, local = (
        os.environ.get(f"OPDRIFT_{name}", usual) for name, usual in (("ROLE_CLAIM", "roles"), ("LOCAL_ROLE", "staff"))
    )
    role = role_of(claims, claim=claim, local=local)
    who = "local" if claims is None else str(claims.get("email") or claims.get("sub") or "unknown")
    known = (who, role.name if role else "")
    if claims is not None and st.session_state.get(ADMITTED) != known:
        if role is None:
            note_access(paths, "refused", who=who, role="", at=datetime.now(UTC))
        else:
            note_sign_in(paths, who=who, role=role.name, at=datetime.now(UTC))
        st.session_state[ADMITTED] = known
    if role is None:
        gate.refuse(language)
        return None
    return who, role


def decide_now(settings: Settings, who: str, role: Role, case: Case, said: Mapping[str, Any]) -> str:
    """Enter a decided case for whom that is allowed, as ``opdrift investment decide`` does; why the follow-up was not renewed."""
    from flows.register import decide  # noqa: PLC0415

    _allowed(settings, who, role, DECIDE, f"decide {case.case_id}", case.run_id)
    return str(decide(settings, case, today=datetime.now(tz=UTC).date(), **said)["not_renewed"])


def add_now(settings: Settings, who: str, role: Role, decision_id: str, action: str, said: Mapping[str, Any]) -> str:
    """Enter what became of a decision for whom that is allowed, as ``opdrift investment start``, ``enrol`` and ``stop`` do."""
    from flows.register import add  # noqa: PLC0415

    _allowed(settings, who, role, DECIDE, f"{action} {decision_id}")
    return add(settings, decision_id, action, said, today=datetime.now(tz=UTC).date())


def enter_now(settings: Settings, who: str, role: Role, said: Mapping[str, Any]) -> None:
    """Enter a coming event for whom that is allowed, as ``opdrift adjustment add`` does; signed as who is signed in."""
    from flows.adjustments import enter  # noqa: PLC0415

    _allowed(settings, who, role, ADJUST, f"adjustment {said.get('service') or said.get('frame') or ''}".strip())
    enter(settings, {**said, "who": signature_of(who) or said.get("who")}, today=datetime.now(tz=UTC).date())


def take_back_now(settings: Settings, who: str, role: Role, adjustment_id: str, signed: str, reason: str) -> None:
    """Withdraw a coming event for whom that is allowed, as ``opdrift adjustment withdraw`` does; it must say why."""
    from flows.adjustments import take_back  # noqa: PLC0415

    _allowed(settings, who, role, ADJUST, f"withdraw {adjustment_id}")
    name, today = signature_of(who) or signed, datetime.now(tz=UTC).date()
    take_back(settings, adjustment_id, who=name, today=today, reason=reason)


def _allowed(settings: Settings, who: str, role: Role, action: str, what: str, run_id: str = "") -> None:
    """Refuse who may not write, and tell the log of access of who does."""
    if not may(role, action):
        refused = DecisionRefused if action == DECIDE else AdjustmentRefused
        said = "This role may not write here"
        raise refused(said, code="role", remedy="Ask the budget office")
    note_access(settings.paths, "register", who=who, role=role.name, at=datetime.now(UTC), what=what, run_id=run_id)


def _pages(language: Language, role: Role) -> list[Any]:
    """Streamlit's pages, in the order of the menu, for who is looking."""
    pages = [
        st.Page("app_pages/overview.py", title=language.text("Overblik"), url_path="overblik", default=True),
        st.Page("app_pages/scenarios.py", title=language.text("Scenarier"), url_path="scenarier"),
        st.Page("app_pages/committee.py", title=language.text("Udvalgsmøde"), url_path="udvalg"),
        st.Page("app_pages/priorities.py", title=language.text("Prioritering"), url_path="prioritering"),
        st.Page("app_pages/prevention.py", title=language.text("Forebyggelse"), url_path="forebyggelse"),
        st.Page("app_pages/budget_follow_up.py", title=language.text("Budgetopfølgning"), url_path="budgetopfoelgning"),
        st.Page("app_pages/model_quality.py", title=language.text("Modelkvalitet"), url_path="modelkvalitet"),
        st.Page("app_pages/data_quality.py", title=language.text("Data"), url_path="data"),
    ]
    if may(role, UNSUPPRESSED):
        pages.append(st.Page("app_pages/plain_totals.py", title=language.text("Uden skjul"), url_path="uden-skjul"))
    return pages


def main() -> None:
    """Route to a page."""
    paths = paths_from_environment()
    problem: tuple[str, ...] = ()
    try:
        settings = read_settings(paths)
    except SettingsInvalid as error:
        settings, problem = Settings(paths=paths), states.bad_settings(Language(), str(error))
    language = Language(choose_language(settings.language))
    someone = admitted(paths, language)
    if someone is None:
        return
    who, role = someone
    run, reason = None, ""
    if not problem:
        run, problem, reason = find_run(settings, language)
    if run is not None and not may(role, UNSUPPRESSED):
        run = load_suppressed(str(paths.home), run.run_id, settings.min_citizens, run)
    colours = palette(st.context.theme.type)
    language = Language(language.code, run.currency if run else "DKK")
    earlier = (lambda: load_earlier(str(paths.home), run.run_id, settings, run)) if run else tuple
    st.session_state[CONTEXT] = Context(
        language=language,
        colours=colours,
        run=run,
        problem=problem,
        earlier=earlier,
        other=lambda run_id: find_other(settings, run_id),
        settings=None if problem and run is None else settings,
        role=role,
        note=lambda event, what: note_access(
            paths, event, who=who, role=role.name, at=datetime.now(UTC), what=what, run_id=run.run_id if run else ""
        ),
        plain_totals=partial(read_plain_totals, paths, run.run_id if run else ""),
        case_rows=partial(read_case_rows, paths, run.run_id if run else ""),
        decide=partial(decide_now, settings, who, role),
        add=partial(add_now, settings, who, role),
        signature=signature_of(who),
        entered=partial(read_adjustments, paths),
        enter=partial(enter_now, settings, who, role),
        take_back=partial(take_back_now, settings, who, role),
    )
    page = st.navigation(_pages(language, role), position="top")
    st.set_page_config(page_title=f"{page.title} · opdrift", layout="wide")
    st.html(STYLE + page_values(colours, language))
    st.html(document_language(language.code), unsafe_allow_javascript=True)
    choose = st.container(key="language_switch")
    choose.segmented_control(
        "Sprog / Language", list(LANGUAGES), format_func=LANGUAGES.__getitem__, required=True, key=LANGUAGE,
        label_visibility="collapsed",
    )  # fmt: skip
    if who != "local":
        gate.sign_out(language)
    for sentence in states.warnings(language, run, reason, datetime.now(tz=UTC).date(), settings.stale_after_days):
        st.warning(sentence)
    page.run()


if __name__ == "__main__":
    main()
