"""The model choice between nights: read before the forecast, kept only after the run that used it is published."""

from __future__ import annotations

from typing import TYPE_CHECKING

from data.choice_file import choice_file, read_choice, write_choice
from data.errors import ChoiceUnreadable

if TYPE_CHECKING:
    import pandas as pd

    from flows.night import Night
    from models.forecast.choices import Choices


def kept_choice(night: Night) -> Choices | None:
    """What earlier nights chose; None where nothing usable is kept, and a broken file is said in a notice.

    A look back (``--as-of``) neither reads nor keeps a choice: it shows what would have been chosen then.
    """
    from models.forecast.choice_json import from_json  # noqa: PLC0415

    text = None if night.settings.as_of is not None else read_choice(night.settings.paths)
    if text is None:
        return None
    try:
        return from_json(text)
    except ChoiceUnreadable:
        night.held["notices"].append(_renewed_notice())
        return None


def keep_choice(night: Night) -> str:
    """Keep the night's choice for the next one.

    Returns:
        Empty; or why it could not be kept: the run is published all the same, and the next night renews.
    """
    from models.forecast.choice_json import to_json  # noqa: PLC0415

    if night.settings.as_of is not None:
        return ""
    try:
        write_choice(night.settings.paths, to_json(night.held["choices"]))
    except OSError as error:
        where = choice_file(night.settings.paths).name
        return f"the model choice could not be kept in {where} ({error.strerror}): the next night chooses anew"
    return ""


def told(work: dict[str, int]) -> str:
    """What was done, for the journal.

    Example:
        >>> told({"reused": 40, "refitted": 2, "renewed": 0})
        'model choice: 40 series reused, 2 refitted, 0 renewed'
    """
    return f"model choice: {work['reused']} series reused, {work['refitted']} refitted, {work['renewed']} renewed"


def _renewed_notice() -> pd.DataFrame:
    import pandas as pd  # noqa: PLC0415

    danish = "Det gemte modelvalg var ødelagt og er ikke brugt: alle modeller er valgt på ny."
    english = "The kept model choice was broken and is not used: every model was chosen anew."
    columns = ["notice_id", "member", "text_da", "text_en"]
    return pd.DataFrame([("model_choice_renewed", "run", danish, english)], columns=columns)
