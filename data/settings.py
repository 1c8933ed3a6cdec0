"""One frozen Settings, made at the edge and passed down; the only reader of the environment below ``flows.cli``."""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import asdict, dataclass, field, fields
from datetime import date  # noqa: TC003  (resolved at run time by validation)
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Literal

from platformdirs import user_config_path
from pydantic import TypeAdapter, ValidationError

from data.cpr import cpr_in_text
from data.errors import SettingsInvalid
from data.reference.refund import RefundYear  # noqa: TC001  (resolved at run time by validation)

DEFAULT_HOME = Path("data/local")
MOST_PROCESSES = 4
"""Unless a setting says more: a night leaves something of a larger machine to others."""


@dataclass(frozen=True, kw_only=True)
class Paths:
    """Where everything of one home lies (DESIGN 2).

    Attributes:
        home: The home itself.
        secrets: Keys, outside the home and outside its backups.
    """

    home: Path
    secrets: Path

    @property
    def inbox(self) -> Path:
        """Dropped files."""
        return self.home / "inbox"

    @property
    def archive(self) -> Path:
        """Every file ever taken in, encrypted, by SHA-256."""
        return self.home / "archive"

    @property
    def taken(self) -> Path:
        """Where taken files lie when archiving is off."""
        return self.home / "taken"

    @property
    def warehouse(self) -> Path:
        """The pipeline's own DuckDB file, one writer."""
        return self.home / "warehouse.duckdb"

    @property
    def published(self) -> Path:
        """Immutable published runs and the pointer CURRENT."""
        return self.home / "published"

    @property
    def restricted(self) -> Path:
        """Complete driver tables of each run: for this machine's operator alone, never for the pages."""
        return self.home / "restricted"

    @property
    def adjustments(self) -> Path:
        """What budget staff entered by command: events that come, one line per entry or withdrawal, never rewritten."""
        return self.home / "adjustments.jsonl"

    @property
    def audit_log(self) -> Path:
        """What was done, hash-chained, only ever added to (``data.audit_log``)."""
        return self.home / "audit.jsonl"

    @property
    def access_log(self) -> Path:
        """Sign-ins, refusals, unsuppressed looks and downloads, hash-chained (``data.access_log``)."""
        return self.home / "access.jsonl"

    @property
    def sign_in(self) -> Path:
        """What Streamlit's sign-in needs: provider, client and cookie secret, mode 0600."""
        return self.secrets / "sign_in.toml"

    @property
    def sources(self) -> Path:
        """The municipality's own mapping files."""
        return self.home / "sources"

    @property
    def reports(self) -> Path:
        """Data Docs and reports."""
        return self.home / "reports"

    @property
    def scenarios(self) -> Path:
        """Stored scenarios, each under the id of its content."""
        return self.home / "scenarios"

    @property
    def decisions(self) -> Path:
        """Decided investment cases, one line per decision, start, enrolment or stop, never rewritten."""
        return self.home / "decisions.jsonl"

    @property
    def frozen(self) -> Path:
        """What each decision froze, one file of arrays under its id."""
        return self.home / "frozen"

    @property
    def prefect(self) -> Path:
        """PREFECT_HOME."""
        return self.home / "prefect"

    @property
    def lock(self) -> Path:
        """The lock that run and serve share."""
        return self.home / "run.lock"


@dataclass(frozen=True, kw_only=True)
class LegalBasis:
    """Why single citizens' cases may be rolled forward for the budget; named wherever the figures are shown.

    Attributes:
        text: The basis in law and in the municipality's own record, one sentence.
        decided: Day it was recorded.
        signed: Who recorded it: office or title.
    """

    text: str
    decided: date
    signed: str


@dataclass(frozen=True, kw_only=True)
class Appeals:
    """How often appeals changed the municipality's own decisions on the social area; shown beside what a council may decide.

    Attributes:
        changed_pct: Per cent of appealed decisions that were changed or sent back.
        year: Year they were decided.
        source: Where the figure is from, e.g. the national appeals map.
    """

    changed_pct: float
    year: int
    source: str


@dataclass(frozen=True, kw_only=True)
class Retention:
    """How long what a home holds is kept, months; 0: no period, nothing is deleted by rule.

    Attributes:
        inputs_months: Input files and their rows, from the day they were taken in.
        runs_months: Published runs with their restricted files; the one that is shown stays.
        scenarios_months: Kept scenarios and drafts.
        access_months: Entries of the log of access: who of the staff looked at what.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}  # a mistyped period would delete nothing, unseen

    inputs_months: int = 0
    runs_months: int = 0
    scenarios_months: int = 0
    access_months: int = 0


@dataclass(frozen=True, kw_only=True)
class Alerts:
    """What is told when a night goes wrong; addresses with a password belong into the environment or beside the keys.

    Attributes:
        on: Of ``failed``, ``late`` and ``nothing_new``.
        late_after_hours: Hours without a run that came to an end, from which a night is missed.
        nothing_new_days: Days without new data from which it is told; once a published run.
        addresses: In apprise's form, without a password, e.g. ``json://monitor.example/hook``.
    """

    on: tuple[Literal["failed", "late", "nothing_new"], ...] = ("failed", "late", "nothing_new")
    late_after_hours: float = 26.0
    nothing_new_days: float = 35.0
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a run is told beside its data. Every field may stand in ``settings.toml``.

    Attributes:
        municipality: Authority code whose citizens are ours.
        currency: Currency of every amount.
        seed: The one seed, 0 or greater.
        n_draws: Joint draws, at least 500.
        archive: Keep every file ever taken in, encrypted; false: taken files move to ``taken/`` after publishing.
        min_citizens: Fewer than this many citizens are suppressed.
        max_top_share: A citizen holding more than this share of an amount suppresses it.
        reference_months: Length of the window that sets reference uptake, months.
        stale_after_days: Age of the newest published run from which pages say it is old, days.
        follow_up_months: Calendar months after which budget follow-ups are made; earlier ones are shown beside the newest.
        jump_pct: A month this many per cent from the same month last year is a warning.
        memory_limit: DuckDB's memory limit.
        workers: Processes that fit, at most; 0: as many as cores are usable, 4 at most. No figure depends on it.
        known_citizens: Legal basis for rolling known citizens forward; without it that is done for the synthetic sample alone.
        accept_shrunk: SHA-256 of files that may hold fewer rows or months than what they supersede.
        language: ``da`` or ``en``.
        appeals: How often appeals changed the municipality's own decisions; without it the page says that it is not given.
        refund_years: Thresholds of the central refund that correct the shipped ones (``data/reference/refund.toml``).
        retention: Periods after which input files, runs and scenarios are deleted; None: nothing is deleted by rule.
        alerts: What is told when a night goes wrong; without it nothing leaves the machine.
    """

    municipality: str = "151"
    currency: str = "DKK"
    seed: int = 1
    n_draws: int = 500
    archive: bool = True
    min_citizens: int = 5
    max_top_share: float = 0.75
    reference_months: int = 36
    stale_after_days: int = 40
    follow_up_months: tuple[int, ...] = (3, 5, 6, 9)
    jump_pct: float = 50.0
    memory_limit: str = "1GB"
    workers: int = 0
    known_citizens: LegalBasis | None = None
    accept_shrunk: tuple[str, ...] = ()
    language: str = "da"
    appeals: Appeals | None = None
    refund_years: tuple[RefundYear, ...] = ()
    retention: Retention | None = None
    alerts: Alerts | None = None
    as_of: date | None = None
    paths: Paths = field(default_factory=lambda: Paths(home=DEFAULT_HOME, secrets=user_config_path("opdrift")))

    @property
    def processes(self) -> int:
        """Processes that fit: never more than cores are usable."""
        return max(1, min(usable_cores(), self.workers or MOST_PROCESSES))


def usable_cores() -> int:
    """Cores that this process may run on: a container or ``taskset`` may give it fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


_BOUNDS: dict[str, tuple[float, float]] = {
    "seed": (0, 2**31 - 1),
    "n_draws": (500, 20_000),
    "min_citizens": (3, 100),
    "max_top_share": (0.2, 1.0),
    "reference_months": (12, 120),
    "stale_after_days": (1, 3650),
    "jump_pct": (1, 1000),
    "workers": (0, 64),
}
_FORMS: dict[str, tuple[str, str]] = {
    "municipality": (r"[0-9A-Za-zÆØÅæøå_-]{1,20}", "an authority code, e.g. '151'"),
    "currency": (r"[A-Z]{3}", "a code of three letters, e.g. 'DKK'"),
    "memory_limit": (r"[0-9]+(\.[0-9]+)? ?[KMGT]i?B", "a size, e.g. '1GB'"),
    "language": (r"da|en", "'da' or 'en'"),
}
_SIDES_OF = {"all": ("under_18", "from_18"), "under_18": ("under_18",), "from_18": ("from_18",)}
_NOT_IN_FILE = {"paths", "as_of"}


def paths_from_environment(home: Path | None = None) -> Paths:
    """Find the home and the secrets: argument, then ``OPDRIFT_HOME`` / ``OPDRIFT_SECRETS``, then the defaults.

    Args:
        home: Home given on the command line.

    Returns:
        Absolute paths; nothing is created.
    """
    chosen = home or Path(os.environ.get("OPDRIFT_HOME", DEFAULT_HOME))
    secrets = Path(os.environ.get("OPDRIFT_SECRETS", user_config_path("opdrift")))
    return Paths(home=chosen.expanduser().resolve(), secrets=secrets.expanduser().resolve())


def read_settings(paths: Paths, **overrides: object) -> Settings:
    """Read ``settings.toml`` of a home; a missing file means the defaults.

    Args:
        paths: Home and secrets.
        overrides: Fields given on the command line; ``None`` means not given.

    Raises:
        SettingsInvalid: The file is no TOML, names an unknown setting, or a value is of the wrong type or out of bounds.
    """
    file = paths.home / "settings.toml"
    values = _read_toml(file)
    known = {item.name for item in fields(Settings)} - _NOT_IN_FILE
    unknown = sorted(set(values) - known)
    if unknown:
        what = f"settings.toml names unknown settings {unknown}"
        raise SettingsInvalid(what, where=str(file), remedy=f"Use one of {sorted(known)}")
    values |= {name: value for name, value in overrides.items() if value is not None}
    try:
        settings = _adapter().validate_python({**values, "paths": paths})
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors(include_input=False))
        raise SettingsInvalid(faults, where=str(file), remedy="Correct the value") from None
    for name, (low, high) in _BOUNDS.items():
        if not low <= getattr(settings, name) <= high:
            what = f"Setting '{name}' is {getattr(settings, name)}; it must lie between {low} and {high}"
            raise SettingsInvalid(what, where=str(file), remedy="Correct the value")
    if wrong := sorted(set(settings.follow_up_months) - set(range(1, 13))):
        what = f"Setting 'follow_up_months' names {wrong}; months are 1 to 12"
        raise SettingsInvalid(what, where=str(file), remedy="Correct the value, e.g. [3, 5, 6, 9]")
    for name, (form, meant) in _FORMS.items():
        if re.fullmatch(form, getattr(settings, name)) is None:
            what = f"Setting '{name}' is not {meant}"
            raise SettingsInvalid(what, where=str(file), remedy="Correct the value")
    _check_basis(settings.known_citizens, str(file))
    _check_appeals(settings.appeals, str(file))
    if settings.retention is not None and (
        wrong_months := [v for v in asdict(settings.retention).values() if not 0 <= v <= 1200]
    ):
        what = f"Setting 'retention' names {wrong_months}; a period is 0 to 1200 months"
        raise SettingsInvalid(what, where=str(file), remedy="Correct the value; 0 sets no period")
    _check_alerts(settings.alerts, str(file))
    years = [(item.year, side) for item in settings.refund_years for side in _SIDES_OF[item.ages]]
    if twice := sorted({year for year, side in years if years.count((year, side)) > 1}):
        what = f"Setting 'refund_years' gives thresholds twice for {twice}"
        raise SettingsInvalid(what, where=str(file), why="A refund has one threshold", remedy="Keep one per year and side of 18")
    return settings


_TEXT_LENGTHS = {"text": (20, 400), "signed": (3, 120)}


def _check_basis(basis: LegalBasis | None, file: str) -> None:
    """A basis is named on every paper: it says something, and holds no CPR number."""
    for name, (low, high) in _TEXT_LENGTHS.items() if basis is not None else ():
        value = getattr(basis, name)
        if not low <= len(value.strip()) <= high:
            what = f"Setting 'known_citizens.{name}' has {len(value.strip())} characters; it must have {low} to {high}"
            raise SettingsInvalid(
                what, where=file, why="Every paper names it", remedy="Write the basis in one sentence, and who signed"
            )
        if cpr_in_text(value):
            what = f"Setting 'known_citizens.{name}' looks like it holds a CPR number"
            raise SettingsInvalid(what, where=file, why="Every paper names it", remedy="Leave the number out")


def _check_appeals(appeals: Appeals | None, file: str) -> None:
    if appeals is None:
        return
    if not 0.0 <= appeals.changed_pct <= 100.0 or not 2000 <= appeals.year <= 2100:
        what = f"Setting 'appeals' has {appeals.changed_pct:g} per cent in {appeals.year}"
        raise SettingsInvalid(what, where=file, remedy="Give 0 to 100 per cent, and the year they were decided")
    if not 3 <= len(appeals.source.strip()) <= 200 or cpr_in_text(appeals.source):
        what = "Setting 'appeals.source' must be a text of 3 to 200 characters without a CPR number"
        raise SettingsInvalid(what, where=file, why="The page names it", remedy="Write where the figure is from")


def _check_alerts(alerts: Alerts | None, file: str) -> None:
    if alerts is None:
        return
    if not 1 <= alerts.late_after_hours <= 24 * 60 or not 0 <= alerts.nothing_new_days <= 3650:
        what = "Setting 'alerts' has late_after_hours outside 1 to 1440, or nothing_new_days outside 0 to 3650"
        raise SettingsInvalid(what, where=file, remedy="Correct the value")
    if any("@" in address.split("?", maxsplit=1)[0] for address in alerts.addresses):
        what = "Setting 'alerts.addresses' holds a user or a password"
        remedy = "Put such addresses into OPDRIFT_ALERT_ADDRESSES, or into the file alert_addresses (mode 0600) beside the keys"
        raise SettingsInvalid(what, where=file, why="Settings are read by many and backed up", remedy=remedy)


@cache
def _adapter() -> TypeAdapter[Settings]:
    """Making one takes far longer than reading a file by it; the pages read the settings at every visit."""
    return TypeAdapter(Settings)


def _read_toml(file: Path) -> dict[str, Any]:
    if not file.exists():
        return {}
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        what = f"settings.toml can't be opened ({error.strerror})"
        raise SettingsInvalid(what, where=str(file), remedy="Check the file and who may read it") from None
    except (ValueError, RecursionError) as error:  # a number of thousands of digits and brackets without end, too
        what = f"settings.toml can't be read: {error}"
        raise SettingsInvalid(what, where=str(file), remedy="Write it as TOML in UTF-8") from None
