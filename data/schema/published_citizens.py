"""Contract of who the expected citizens are: known today, come from another service, or new; sums alone."""

from __future__ import annotations

from data.schema.column import Table
from data.schema.published_columns import LEVELS, MASK, code, figure, month

KNOWN_MONTHS = Table(
    name="known_months",
    grain="one level, member and month ahead: who the expected citizens are; empty where known citizens are not rolled forward",
    owner="opdrift",
    columns=(
        code("level", key=True, allowed=LEVELS),
        code("member", key=True, meaning="Service, frame, committee, or 'total'"),
        month(),
        figure("open_at_cutoff", "full-time citizens open at the cutoff"),
        figure("still_here", "full-time citizens of those, expected still in the same service"),
        figure("ended", "full-time citizens of those, expected to have ended: open_at_cutoff - still_here"),
        figure("moved_here", "full-time citizens expected to have come from another service"),
        figure("new", "full-time citizens expected who are not known today"),
        *MASK,
    ),
)
