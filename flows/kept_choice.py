"""The model choices between nights: read before they are used, kept only after the run that used them is published."""

from __future__ import annotations

from typing import TYPE_CHECKING

from data.choice_file import EARLIER_FILE, FILE, choice_file, read_choice, write_choice
from data.errors import ChoiceOutdated, ChoiceUnreadable

if TYPE_CHECKING:
    import pandas as pd

    from flows.night import Night
    from models.forecast.choices import Choices


def kept_choice(night: Night) -> Choices | None:
    """What earlier nights chose; None where nothing usable is kept, and a broken file is said in a notice.

    One of another version is whole: it is renewed as with every new version, and nothing is said.

    A look back (``--as-of``) neither reads nor keeps a choice: it shows what would have been chosen then.
    """
    from models.forecast.choice_json import from_json  # noqa: PLC0415

    text = None if night.settings.as_of is not None else read_choice(night.settings.paths)
    if text is None:
        return None
    try:
        return from_json(text)
    except ChoiceOutdated:
        return None
    except ChoiceUnreadable:
        night.held["notices"].append(_renewed_notice())
        return None


def kept_earlier(night: Night) -> dict[pd.Timestamp, Choices]:
    """What earlier nights chose as of earlier cutoffs, by cutoff; the rules of :func:`kept_choice` hold line by line."""
    import pandas as pd  # noqa: PLC0415

    from models.forecast.choice_json import from_json  # noqa: PLC0415

    text = None if night.settings.as_of is not None else read_choice(night.settings.paths, EARLIER_FILE)
    found, broken = {}, text == ""
    for line in (text or "").splitlines():
        try:
            choice = from_json(line)
            found[pd.Timestamp(f"{choice.cutoff}-01")] = choice
        except ChoiceOutdated:
            continue
        except (ChoiceUnreadable, ValueError):
            broken = True
    if broken:
        night.held["notices"].append(_earlier_notice())
    return found


def keep_choice(night: Night) -> str:
    """Keep the night's choice, and those of earlier cutoffs that it made, for the next one.

    Each file is put in place in one step. A kill between them leaves one of tonight and one of an earlier night, and either is
    right by itself: what no longer fits the months is renewed.

    Returns:
        Empty; or why one could not be kept: the run is published all the same, and the next night renews.
    """
    return "; ".join(fault for name, text in choice_texts(night).items() if (fault := _kept(night, name, text)))


def choice_texts(night: Night) -> dict[str, str]:
    """The night's choice and those of earlier cutoffs, as they are kept, by file name; none of a look back."""
    from models.forecast.choice_json import to_json  # noqa: PLC0415

    if night.settings.as_of is not None:
        return {}
    earlier = [to_json(choice) for choice in night.held["earlier_choices"].values() if choice.series]
    return {FILE: to_json(night.held["choices"]), EARLIER_FILE: "".join(f"{text}\n" for text in earlier)}


def _kept(night: Night, name: str, text: str) -> str:
    paths = night.settings.paths
    try:
        if text:
            write_choice(paths, text, name)
        else:
            choice_file(paths, name).unlink(missing_ok=True)
    except OSError as error:
        return f"the model choice could not be kept in {name} ({error.strerror}): the next night chooses anew"
    return ""


def told(work: dict[str, int], earlier: dict[str, int]) -> str:
    """What was done, for the journal.

    Args:
        work: Series of the night, by what was done.
        earlier: Series of the earlier cutoffs.

    Example:
        >>> told({"reused": 40, "refitted": 2, "renewed": 0}, {"reused": 126, "refitted": 0, "renewed": 0})
        'model choice: 40 series reused, 2 refitted, 0 renewed; as of earlier cutoffs: 126 reused, 0 refitted, 0 renewed'
    """
    return f"model choice: {_counts(work, ' series')}; as of earlier cutoffs: {_counts(earlier, '')}"


def _counts(work: dict[str, int], what: str) -> str:
    return f"{work['reused']}{what} reused, {work['refitted']} refitted, {work['renewed']} renewed"


def _renewed_notice() -> pd.DataFrame:
    danish = "Det gemte modelvalg var ødelagt og er ikke brugt: alle modeller er valgt på ny."
    english = "The kept model choice was broken and is not used: every model was chosen anew."
    return _notice("model_choice_renewed", danish, english)


def _earlier_notice() -> pd.DataFrame:
    danish = "De gemte modelvalg for tidligere måneder var ødelagt og er ikke brugt: modellerne dér er valgt på ny."
    english = "The kept model choices as of earlier months were broken and are not used: the models there were chosen anew."
    return _notice("earlier_choices_renewed", danish, english)


def _notice(name: str, danish: str, english: str) -> pd.DataFrame:
    import pandas as pd  # noqa: PLC0415

    return pd.DataFrame([(name, "run", danish, english)], columns=["notice_id", "member", "text_da", "text_en"])
