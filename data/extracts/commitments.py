"""What ``disponeret`` lacks: no commitments ahead, none whose case is known, or a run that looks back; one sentence each."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

    from data.settings import Settings

_TEXTS = {
    "commitments_not_of_their_day": (
        (
            "Disponeringer siger ikke, hvornår de blev kendt; en kørsel, der ser tilbage, bruger dem ikke. I disponeret mangler "
            "derfor det, de ved ud over sagslistens priser."
        ),
        (
            "Commitments don't say when they were known; a run that looks back doesn't use them. What is committed therefore "
            "lacks what they know beyond the case list's prices."
        ),
    ),
    "no_commitments": (
        (
            "Der er ingen disponeringer for de kommende måneder: disponeret er sagslistens priser alene, og betalinger, som kun "
            "disponeringerne kender, mangler."
        ),
        (
            "There are no commitments for the months ahead: what is committed is the case list's prices alone, and payments that "
            "only commitments know of are missing."
        ),
    ),
    "commitments_without_case": (
        (
            "Ingen disponering hører til en sag på sagslisten, som mangler eller bruger andre numre: de er kun vist, flytter "
            "intet i skønnet og mangler alle i disponeret."
        ),
        (
            "No commitment belongs to a case of the case list, which is missing or uses other numbers: they are only listed, "
            "move nothing in the estimate, and are all missing from what is committed."
        ),
    ),
}


def say_what_commitments_lack(
    con: duckdb.DuckDBPyConnection, settings: Settings, notices: list[tuple[str, str, str, str]]
) -> None:
    """Add a notice where commitments say nothing of the months ahead; none where one of them has its case.

    Without cases and commitments nothing is said here: that known citizens can't be told apart is said where they are looked for.

    Args:
        con: The warehouse, with ``x_commitments`` of the months ahead.
        settings: Municipality and the day that a run looks back to.
        notices: notice_id, member, text_da, text_en; is added to.
    """
    ((ahead, matched),) = con.execute("SELECT count(*), count(*) FILTER (matched) FROM x_commitments").fetchall()
    if ahead:
        found = [] if matched else ["commitments_without_case"]
    elif settings.as_of is not None and _counts(con, "SELECT count(*) FROM used_commitments WHERE municipality = ?", settings):
        found = ["commitments_not_of_their_day"]
    else:
        cases = _counts(con, "SELECT count(*) FROM used_cases WHERE paying_municipality = ?", settings)
        found = ["no_commitments"] if cases else []
    notices.extend((name, "run", *_TEXTS[name]) for name in found)


def _counts(con: duckdb.DuckDBPyConnection, query: str, settings: Settings) -> bool:
    """Whether a count of the municipality's rows is more than nothing."""
    return bool(con.execute(query, [settings.municipality]).fetchall()[0][0])
