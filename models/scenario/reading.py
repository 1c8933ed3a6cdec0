"""Read a scenario file: everything that does not hold is told at once, and nothing of a bad file is taken over."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from typing import Any

from data.cpr import holds_cpr
from data.reference.lever_catalogue import LeverKind, load_lever_kinds
from data.schema.published_providers import PROVIDER_KINDS
from models.rng import N_UNIFORMS
from models.scenario.by_age import SPAN, span
from models.scenario.faults import MAX_LEVERS, WHOLE_YEARS, ScenarioFault, ScenarioInvalid, shown_value
from models.scenario.lever import OWN_PURSES, PURSES, RAMPS, Displacement, Lever
from models.scenario.scenario import OLDEST_VERSION, SCHEMA_VERSION, Scenario
from models.scenario.texts import text_faults

MAX_CHARACTERS = 256_000
_ID = re.compile(r"[a-z0-9æøå][a-z0-9æøå_-]{0,39}")
_CODE = re.compile(r"[0-9A-Za-zÆØÅæøå][0-9A-Za-zÆØÅæøå ._&+-]{0,59}")
_MONTH = re.compile(r"(?:19|20|21)\d{2}-(?:0[1-9]|1[0-2])")
_RUN = re.compile(r"run-\d{8}T\d{6}-[0-9a-f]{6}")
_PRICE_LEVEL = re.compile(r"nominal|\d{4}-pl")
_TOP = {"schema_version", "name", "run_id", "price_level", "safety_pct", "levers"}
_LEVER = {
    "id", "kind", "services", "group", "frame", "variant", "to_service", "age_bands", "provider_types", "start", "end", "ramp",
    "value", "low", "high", "options", "rationale", "author", "displacement", "uniform",
}  # fmt: skip
_DISPLACED = {"purse", "name", "share_pct", "frame"}
_NO_WHY = "It can't be read as a scenario"


def read_scenario(text: str) -> Scenario:
    """Read a scenario from JSON (``docs/schemas/scenario.json``).

    Args:
        text: The file's text.

    Returns:
        The scenario, with uniforms given to the levers that need them. Whether a run can carry it: ``check_scenario``.

    Raises:
        ScenarioInvalid: With every fault of the file.

    Example:
        >>> read_scenario('{"schema_version": 2, "name": "Neutral", "levers": []}').is_neutral
        True
    """
    reader = _Reader()
    value = reader.parse(text)
    made = reader.scenario(value) if isinstance(value, dict) else None
    if reader.faults or made is None:
        raise ScenarioInvalid.of(reader.faults)
    return Scenario.of(made.levers, run_id=made.run_id, price_level=made.price_level, name=made.name, safety_pct=made.safety_pct)


def read_kept(text: str, scenario_id: str) -> Scenario:
    """Read a kept scenario and see that it is what its id says.

    Raises:
        ScenarioInvalid: It does not hold, or it is another one than its id names.
    """
    scenario = read_scenario(text)
    if scenario.scenario_id != scenario_id:
        what, why = "The stored scenario is not what its name says: it was changed or damaged", "A decision may rest on it"
        raise ScenarioInvalid.of([ScenarioFault("changed", "file", scenario_id, what, why, "Restore it from a backup")])
    return scenario


@dataclass
class _Reader:
    """Collects faults while a file is read."""

    faults: list[ScenarioFault] = field(default_factory=list)

    def fault(self, code: str, where: str, value: object, what: str, *, why: str = _NO_WHY, remedy: str) -> None:
        self.faults.append(ScenarioFault(code, where, shown_value(value), what, why, remedy))

    def parse(self, text: str) -> object:
        if len(text) > MAX_CHARACTERS:
            remedy = f"Keep it under {MAX_CHARACTERS} characters: shorten the rationales"
            self.fault("too_long", "file", len(text), "The file is too long", remedy=remedy)
            return None
        try:
            value = json.loads(text, object_pairs_hook=self._object)
        except (ValueError, RecursionError):
            self.fault(
                "no_json", "file", "", "The file is no JSON", remedy="Use a file that opdrift saved, or docs/examples/scenarios"
            )
            return None
        if not isinstance(value, dict):
            self.fault("no_json", "file", value, "The file holds no scenario", remedy="Begin from docs/examples/scenarios")
        elif value.get("schema_version") not in range(OLDEST_VERSION, SCHEMA_VERSION + 1):
            what = f"The scenario is not of schema version {OLDEST_VERSION} to {SCHEMA_VERSION}"
            self.fault(
                "version", "schema_version", value.get("schema_version"), what, remedy="Make it anew on the page Scenarier"
            )
            return None
        return value

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        for name in sorted({name for name in names if names.count(name) > 1}):
            self.fault(
                "twice", "file", name, "A key stands twice in one object", why="Only one counts", remedy="Keep one of them"
            )
        return dict(pairs)

    def scenario(self, value: dict[str, Any]) -> Scenario | None:
        self.unknown("", value, _TOP)
        name = self.prose("name", value.get("name", ""), "name")
        run_id = self.form("run_id", value.get("run_id", ""), _RUN, "the name of a run, or nothing for the newest")
        level = self.form("price_level", value.get("price_level", ""), _PRICE_LEVEL, "'nominal' or e.g. '2026-pl'")
        safety = self.number("safety_pct", value.get("safety_pct", 80.0), 50.0, 99.0)
        items = value.get("levers", [])
        if not isinstance(items, list):
            self.fault("type", "levers", items, "The levers are no list", remedy="Write them between [ and ]")
            return None
        if len(items) > MAX_LEVERS:
            what = f"The scenario has more than {MAX_LEVERS} levers"
            self.fault("too_many", "levers", len(items), what, why="Nobody reads more", remedy="Leave some out")
            return None
        levers = [self.lever(f"levers[{place}]", item) for place, item in enumerate(items)]
        self._twice(levers)
        known = tuple(lever for lever in levers if lever is not None)
        return Scenario(levers=known, run_id=run_id, price_level=level, name=name, safety_pct=safety)

    def _twice(self, levers: list[Lever | None]) -> None:
        seen: dict[tuple[str, object], int] = {}
        for place, lever in enumerate(levers):
            for key, value in (("id", lever.lever_id), ("uniform", lever.uniform)) if lever is not None else ():
                if value in {"", None}:
                    continue
                if (key, value) in seen:
                    what = f"The same {key} stands at levers[{seen[key, value]}]"
                    self.fault(
                        "twice", f"levers[{place}].{key}", value, what, why="Levers would be mixed up", remedy="Change one"
                    )
                seen[key, value] = place

    def lever(self, where: str, item: object) -> Lever | None:
        if not isinstance(item, dict):
            self.fault("type", where, item, "A lever is no object", remedy="Write it between { and }")
            return None
        kinds = load_lever_kinds()
        kind = item.get("kind")
        if not isinstance(kind, str) or kind not in kinds:
            self.fault(
                "unknown_kind", f"{where}.kind", kind, "There is no such kind of lever", remedy=f"Use one of {list(kinds)}"
            )
            return None
        self.unknown(f"{where}.", item, _LEVER)
        about = kinds[kind]
        ramp, months = self.ramp(f"{where}.ramp", item.get("ramp"))
        value, low, high = self.interval(where, item, about)
        made = Lever(
            lever_id=self.form(f"{where}.id", item.get("id", ""), _ID, "a short name of small letters and digits", must=True),
            kind=kind,
            services=self.codes(f"{where}.services", item.get("services", [])),
            age_bands=self.ages(f"{where}.age_bands", item.get("age_bands", [])),
            provider_types=self.providers(f"{where}.provider_types", item.get("provider_types", []), about),
            group=self.form(f"{where}.group", item.get("group", ""), _CODE, "a group of the run"),
            frame=self.form(f"{where}.frame", item.get("frame", ""), _CODE, "a frame of the run"),
            variant=self.form(f"{where}.variant", item.get("variant", ""), _CODE, "a population variant of the run"),
            to_service=self.form(f"{where}.to_service", item.get("to_service", ""), _CODE, "a service of the run"),
            start=self.form(f"{where}.start", item.get("start", ""), _MONTH, "a month, YYYY-MM"),
            end=self.form(f"{where}.end", item.get("end") or "", _MONTH, "a month, YYYY-MM"),
            ramp=ramp,
            ramp_months=months,
            value=value,
            low=low,
            high=high,
            options=self.options(f"{where}.options", item.get("options", {}), about),
            rationale=self.prose(f"{where}.rationale", item.get("rationale", ""), "rationale"),
            author=self.prose(f"{where}.author", item.get("author", ""), "author"),
            displacement=self.displacement(f"{where}.displacement", item.get("displacement")),
            uniform=self.uniform(f"{where}.uniform", item.get("uniform")),
        )
        self.fits(where, made, about)
        return made

    def unknown(self, where: str, value: dict[str, Any], known: set[str]) -> None:
        for name in sorted(set(value) - known):
            self.fault(
                "unknown_key", f"{where}{shown_value(name) or 'key'}", name, "A key is unknown", remedy=f"Use {sorted(known)}"
            )

    def form(self, where: str, value: object, pattern: re.Pattern[str], meant: str, *, must: bool = False) -> str:
        if value == "" and not must:
            return ""
        if not isinstance(value, str) or pattern.fullmatch(value) is None or holds_cpr(value):
            self.fault("form", where, value, f"This is not {meant}", remedy=f"Write {meant}")
            return ""
        return value

    def codes(self, where: str, value: object) -> tuple[str, ...]:
        if not isinstance(value, list):
            self.fault("type", where, value, "This is no list", remedy="Write the names between [ and ]")
            return ()
        found = [self.form(f"{where}[{place}]", item, _CODE, "a name of the run", must=True) for place, item in enumerate(value)]
        if len(set(found)) < len(found):
            self.fault("twice", where, "", "A name stands twice", why="It would count twice", remedy="Keep one of them")
        return tuple(found)

    def ages(self, where: str, value: object) -> tuple[str, ...]:
        found = tuple(age for age in self.codes(where, value) if age)
        for age in found:
            known = SPAN.fullmatch(age)
            if known is None or (known[2] and int(known[1]) > int(known[2])):
                self.fault("age_bands", where, age, "This is no span of ages", remedy="Write it as 18-22 or 67+")
                return ()
        return tuple(sorted(found, key=span))

    def providers(self, where: str, value: object, about: LeverKind) -> tuple[str, ...]:
        found = self.codes(where, value)
        for kind in found:
            if kind and kind not in PROVIDER_KINDS:
                self.fault("provider", where, kind, "There is no such kind of provider", remedy=f"Use {list(PROVIDER_KINDS)}")
        if found and about.kind != "price":
            what = f"A lever of kind {about.kind} takes no provider_types"
            self.fault("unknown_key", where, "", what, why="It would be ignored", remedy="Leave it out")
        return tuple(sorted(found))

    def number(self, where: str, value: object, low: float, high: float) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.fault("not_a_number", where, value, "This is no number", remedy=f"Write a number from {low:g} to {high:g}")
            return low
        try:
            given = float(value)
        except OverflowError:
            given = math.inf
        if not math.isfinite(given):
            what, why = "This is no finite number", "Nothing can be worked out from it"
            self.fault("not_a_number", where, given, what, why=why, remedy=f"Write a number from {low:g} to {high:g}")
            return low
        if not low <= given <= high:
            what, why = f"The number lies outside {low:g} to {high:g}", "Nothing beyond can be true"
            self.fault("out_of_range", where, given, what, why=why, remedy="Correct the number")
        return given + 0.0

    def interval(self, where: str, item: dict[str, Any], about: LeverKind) -> tuple[float, float, float]:
        if about.unit == "none":
            for name in sorted({"value", "low", "high"} & set(item)):
                what = f"A lever of kind {about.kind} has no number"
                self.fault("unknown_key", f"{where}.{name}", item[name], what, why="It would be ignored", remedy="Leave it out")
            return 0.0, 0.0, 0.0
        if "value" not in item:
            self.fault("missing", f"{where}.value", "", "The lever has no value", remedy=f"Give it ({about.unit})")
        if ("low" in item) != ("high" in item):
            what = "An interval has two ends; one is missing"
            self.fault("interval", where, "", what, why="Its uncertainty is unknown", remedy="Give both low and high, or none")
        ends = [about.low, about.high]
        value = self.number(f"{where}.value", item.get("value", 0.0), *ends)
        low = self.number(f"{where}.low", item.get("low", value), *ends)
        high = self.number(f"{where}.high", item.get("high", value), *ends)
        if not low <= value <= high:
            what, why = "The interval must hold the value: low, value, high", "No draws can be made from it"
            self.fault("interval", f"{where}.low", low if low > value else high, what, why=why, remedy="Put the three in order")
        return value, low, high

    def ramp(self, where: str, value: object) -> tuple[str, int]:
        if value is None:
            return "step", 0
        if not isinstance(value, dict) or set(value) - {"shape", "months"} or value.get("shape") not in RAMPS:
            shape = value.get("shape") if isinstance(value, dict) else value
            self.fault("ramp", where, shape, "This is no ramp", remedy=f"Write shape (one of {list(RAMPS)}) and months")
            return "step", 0
        months = self.number(f"{where}.months", value.get("months", 0), 0, 240)
        if months != int(months) or (value["shape"] == "step") != (months == 0):
            what = "A step takes 0 months, any other ramp a whole number of at least 1"
            self.fault("ramp", f"{where}.months", months, what, remedy="Correct the months")
        return str(value["shape"]), int(months)

    def options(self, where: str, value: object, about: LeverKind) -> tuple[tuple[str, float], ...]:
        if not isinstance(value, dict):
            self.fault("type", where, value, "The options are no object", remedy="Write them between { and }")
            return ()
        found = []
        for name in sorted(value):
            known = about.option(name)
            if known is None:
                names = [item.name for item in about.options]
                self.fault(
                    "unknown_key", where, name, f"A lever of kind {about.kind} has no such option", remedy=f"Use one of {names}"
                )
            else:
                found.append((name, self.number(f"{where}.{name}", value[name], known.low, known.high)))
        return tuple(found)

    def prose(self, where: str, value: object, name: str) -> str:
        if not isinstance(value, str):
            self.fault("type", where, value, "This is no text", remedy="Write it between quotation marks")
            return ""
        text = value.strip()
        for code, what, why, remedy in text_faults(text, name):
            self.fault(code, where, "", what, why=why, remedy=remedy)
        return text

    def displacement(self, where: str, value: object) -> Displacement | None:
        if value is None:
            return None
        if not isinstance(value, dict) or set(value) - _DISPLACED or value.get("purse") not in PURSES:
            purse = value.get("purse") if isinstance(value, dict) else value
            self.fault(
                "purse", where, purse, "This is no displacement", remedy=f"Write purse ({list(PURSES)}), name and share_pct"
            )
            return None
        share = self.number(f"{where}.share_pct", value.get("share_pct"), 0.0, 100.0)
        frame = self.form(f"{where}.frame", value.get("frame", ""), _CODE, "a frame of the run")
        if frame and value["purse"] not in OWN_PURSES:
            what, why = "A frame of the municipality lies in none of these purses", "It would be paid twice"
            self.fault("purse", f"{where}.frame", frame, what, why=why, remedy=f"Write purse as one of {list(OWN_PURSES)}")
        name = self.prose(f"{where}.name", value.get("name", ""), "name")
        return Displacement(purse=value["purse"], name=name, share_pct=share, frame=frame)

    def uniform(self, where: str, value: object) -> int | None:
        if value is None:
            return None
        number = self.number(where, value, 0, N_UNIFORMS - 1)
        if number != int(number):
            self.fault("not_a_number", where, number, "This is no whole number", remedy="Leave it out: it is given anew")
        return int(number)

    def fits(self, where: str, lever: Lever, about: LeverKind) -> None:
        """What a lever of its kind must and must not name."""
        acts = about.acts_on
        given = {
            "services": bool(lever.services or lever.group),
            "frame": bool(lever.frame),
            "variant": bool(lever.variant),
            "to_service": bool(lever.to_service),
        }
        wanted = {
            "services": acts == "services",
            "frame": acts == "frame",
            "variant": about.kind == "population_variant",
            "to_service": about.kind == "substitution",
        }
        for name, wants in wanted.items():
            if wants and not given[name]:
                what = f"A lever of kind {about.kind} must name its {name}"
                self.fault("missing", f"{where}.{name}", "", what, why="It acts on nothing", remedy=f"Name the {name}")
            if given[name] and not wants:
                what = f"A lever of kind {about.kind} takes no {name}"
                self.fault("unknown_key", f"{where}.{name}", "", what, why="It would be ignored", remedy="Leave it out")
        if lever.services and lever.group:
            self.fault("twice", f"{where}.group", lever.group, "Services and a group are named", remedy="Name one of the two")
        if about.kind == "bringing_home" and len(lever.services) != 1:
            what = "Bringing home acts on one service"
            self.fault("services", f"{where}.services", len(lever.services), what, why="A place has one price", remedy="Name one")
        self._dates(where, lever, about)

    def _dates(self, where: str, lever: Lever, about: LeverKind) -> None:
        is_dated = bool(lever.end or lever.ramp_months or (lever.start and about.kind != "price_index"))
        if is_dated and not about.dated:
            what = f"A lever of kind {about.kind} takes no ramp, and no months between which it acts"
            self.fault("undated", where, "", what, why=WHOLE_YEARS, remedy="Leave start, end and ramp out")
        if about.step == "refund" and lever.low < lever.high:
            what, why = "A rule of the state has no interval", "It is set by law, one way or the other"
            self.fault("interval", f"{where}.low", lever.low, what, why=why, remedy="Leave low and high out")
        if about.at_new_year and lever.start and not lever.start.endswith("-01"):
            what = "This changes at New Year"
            self.fault("new_year", f"{where}.start", lever.start, what, why=WHOLE_YEARS, remedy="Let it start in a January")
        if lever.start and lever.end and lever.end < lever.start:
            what = "The lever ends before it starts"
            self.fault("interval", f"{where}.end", lever.end, what, why="It would never act", remedy="Correct one of the months")
        if about.option("relative_cost_pct"):
            most = max(abs(lever.low), abs(lever.high), abs(lever.value)) / 1e4
            share = most * lever.option("marginal_share_pct") * lever.option("relative_cost_pct") / 100.0
            if share > 1.0:
                what = "More would be saved than the service costs"
                self.fault(
                    "out_of_range", f"{where}.options", share * 100, what, why="Cost never falls below 0", remedy="Lower it"
                )
