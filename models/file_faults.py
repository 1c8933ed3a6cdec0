"""Faults of a file that people write, as every reader of ours tells them: place, value, why it matters, what to do."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from data.cpr import holds_cpr
from models.scenario.faults import ScenarioFault, ScenarioInvalid, shown_value
from models.scenario.texts import text_faults

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

MAX_CHARACTERS = 512_000
_MOST_FAULTS = 40
_WORDS = {
    "missing": ("missing", "Something is missing here", "It can't be worked out without", "Give it"),
    "extra_forbidden": ("unknown_key", "A key is unknown", "It would be ignored", "Leave it out, or correct its name"),
    "finite_number": ("not_a_number", "This is no finite number", "Nothing can be worked out from it", "Write a number"),
    "float_type": ("not_a_number", "This is no number", "Nothing can be worked out from it", "Write a number"),
    "int_type": ("not_a_number", "This is no whole number", "Nothing can be worked out from it", "Write a whole number"),
    "string_pattern_mismatch": ("form", "This has not the form that is wanted", "It would name nothing", "See docs/schemas"),
}
_BOUNDS = {"greater_than": ("gt", "above"), "greater_than_equal": ("ge", "at least"), "less_than": ("lt", "below")}
_BOUNDS |= {"less_than_equal": ("le", "at most")}


def _plain_text(name: str) -> AfterValidator:
    def check(value: str) -> str:
        text = value.strip()
        for code, what, _, remedy in text_faults(text, name):
            raise PydanticCustomError(code, "{what}|{remedy}", {"what": what, "remedy": remedy})
        return text

    return AfterValidator(check)


def _no_cpr(value: str) -> str:
    if holds_cpr(value):
        code, what, remedy = "cpr", "This looks like a CPR number", "Leave the number out"
        raise PydanticCustomError(code, "{what}|{remedy}", {"what": what, "remedy": remedy})
    return value


Name = Annotated[str, Field(min_length=1), _plain_text("name")]
Signature = Annotated[str, _plain_text("author")]
Prose = Annotated[str, _plain_text("rationale")]
Code = Annotated[str, Field(pattern=r"^[0-9A-Za-zÆØÅæøå][0-9A-Za-zÆØÅæøå ._&+-]{0,59}$"), AfterValidator(_no_cpr)]
Identity = Annotated[str, Field(pattern=r"^[a-z0-9æøå][a-z0-9æøå_-]{0,39}$"), AfterValidator(_no_cpr)]
Month = Annotated[str, Field(pattern=r"^(?:19|20|21)\d{2}-(?:0[1-9]|1[0-2])$")]
Day = Annotated[str, Field(pattern=r"^(?:19|20|21)\d{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$")]
PriceLevel = Annotated[str, Field(pattern=r"^(?:|nominal|\d{4}-pl)$")]
RunId = Annotated[str, Field(pattern=r"^(?:|run-\d{8}T\d{6}-[0-9a-f]{6})$")]
Year = Annotated[int, Field(ge=1990, le=2100)]
Kroner = Annotated[float, Field(ge=-1e11, le=1e11)]
Percent = Annotated[float, Field(ge=0.0, le=100.0)]


class Written(BaseModel):
    """Base of what a file may hold: unknown keys, infinite numbers and texts for numbers are faults."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, frozen=True)


T = TypeVar("T", bound=Written)


def read_written(text: str, shape: type[T]) -> T:
    """Read a JSON file into its shape.

    Args:
        text: The file's text.
        shape: What it may hold.

    Raises:
        ScenarioInvalid: With every fault of the file.

    Example:
        >>> class Example(Written):
        ...     year: Year
        >>> read_written('{"year": 2027}', Example).year
        2027
        >>> read_written('{"year": 1}', Example)
        Traceback (most recent call last):
        ...
        models.scenario.faults.ScenarioInvalid: The number must be at least 1990 (1). Where: year. ...
    """
    return _validated(_parsed(text), shape)


def _parsed(text: str) -> dict[str, Any]:
    if len(text) > MAX_CHARACTERS:
        raise ScenarioInvalid.of([_fault("too_long", "file", len(text), "The file is too long", remedy="Shorten the texts")])
    twice: list[str] = []

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        twice.extend(sorted({name for name in names if names.count(name) > 1}))
        return dict(pairs)

    try:
        value = json.loads(text, object_pairs_hook=once)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        remedy = "Begin from one of docs/examples"
        raise ScenarioInvalid.of([_fault("no_json", "file", "", "The file is no JSON object", remedy=remedy)])
    if twice:
        what, remedy = "A key stands twice in one object, and only one would count", "Keep one of them"
        raise ScenarioInvalid.of([_fault("twice", "file", name, what, remedy=remedy) for name in twice])
    return value


def _validated(value: dict[str, Any], shape: type[T]) -> T:
    try:
        return shape.model_validate(value)
    except ValidationError as error:
        raise ScenarioInvalid.of([_told(item) for item in error.errors(include_url=False)[:_MOST_FAULTS]]) from None


def _told(item: ErrorDetails) -> ScenarioFault:
    """One of pydantic's faults in our words; no text that somebody wrote is repeated."""
    where = place_of(item["loc"])
    kind, given, context = item["type"], item.get("input"), item.get("ctx", {})
    if kind in _BOUNDS:
        name, word = _BOUNDS[kind]
        what = f"The number must be {word} {context[name]:g}"
        return _fault("out_of_range", where, given, what, why="Nothing beyond can be true", remedy="Correct the number")
    if kind in _WORDS:
        code, what, why, remedy = _WORDS[kind]
        return _fault(code, where, "" if kind == "missing" else given, what, why=why, remedy=remedy)
    if kind in {"literal_error", "enum"}:
        what, remedy = "This is none of the words that are known here", f"Use one of {context.get('expected', '')}"
        return _fault("unknown_word", where, given, what, remedy=remedy)
    if "what" in context:
        return _fault(kind, where, "", str(context["what"]), why="It is shown to others", remedy=str(context["remedy"]))
    what = re.sub(r"^Value error, ", "", item["msg"]) if kind == "value_error" else "This can't be read here"
    return _fault(kind, where, given, what, remedy="See docs/schemas")


def place_of(parts: tuple[int | str, ...]) -> str:
    """Where in a file, as people write it; a key that is not ours is not repeated.

    Example:
        >>> place_of(("options", 2, "levels", 0, "name"))
        'options[2].levels[0].name'
    """
    found = ""
    for part in parts:
        known = part if isinstance(part, str) and re.fullmatch(r"[a-z_]{1,40}", part) else "key"
        found += f"[{part}]" if isinstance(part, int) else f".{known}" if found else known
    return found or "file"


def _fault(code: str, where: str, value: object, what: str, *, remedy: str, why: str = "It can't be read") -> ScenarioFault:
    return ScenarioFault(code, where, shown_value(value) if value != "" else "", what, why, remedy)
