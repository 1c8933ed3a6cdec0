"""What is granted and has not begun, told as a part of its own: the roll-forward of known citizens begins it in its month."""

from __future__ import annotations

from typing import TYPE_CHECKING

from data.warehouse import read_sql

if TYPE_CHECKING:
    from datetime import date

    import duckdb

    from data.settings import Settings


def say_what_is_granted(
    con: duckdb.DuckDBPyConnection, settings: Settings, last_day: date, notices: list[tuple[str, str, str, str]]
) -> None:
    """Add a notice of cases that begin after the cutoff's month; none where they are of too few citizens, or mostly of one.

    Args:
        con: The warehouse, validated.
        settings: Municipality and limits.
        last_day: Last day of the cutoff's month.
        notices: notice_id, member, text_da, text_en; is added to.
    """
    known = {"municipality": settings.municipality, "last_day": last_day}
    ((citizens, cases, dkk, top_share),) = con.execute(read_sql("extracts/granted"), known).fetchall()
    if citizens < settings.min_citizens or top_share > settings.max_top_share:
        return
    million = f"{dkk / 1e6:.1f}"
    danish = (
        f"Bevilget, men ikke begyndt {last_day:%d.%m.%Y}: {cases} sager med en årspris på {million.replace('.', ',')} mio. kr. "
        "Hvor kendte borgere rulles frem, begynder de i deres måned til den pris, de har tilsammen, og der ventes tilsvarende "
        "færre andre nye."
    )
    english = (
        f"Granted but not begun on {last_day:%Y-%m-%d}: {cases} cases with a full year's price of {million} m DKK. "
        "Where known citizens are rolled forward they begin in their month at the price they have together, and fewer others are "
        "expected."
    )
    notices.append(("granted_not_begun", "run", danish, english))
