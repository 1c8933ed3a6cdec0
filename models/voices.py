"""What citizens say, for publication: ratings on one scale, hidden where few answered; hearing answers as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.pressure import published_frame

if TYPE_CHECKING:
    import pandas as pd


SMALL = "small"


def ratings_table(ratings: pd.DataFrame, *, min_citizens: int) -> pd.DataFrame:
    """Place every score on its scale.

    Args:
        ratings: service, period, question, responses, score, scale_low, scale_high, source.
        min_citizens: Ratings on fewer answers are hidden.

    Returns:
        CITIZEN_RATINGS: 0 is the worst answer of the scale, 100 the best; NaN and ``small`` where few answered.

    Example:
        >>> import pandas as pd
        >>> rows = pd.DataFrame({"service": ["a", "b"], "period": ["2025"] * 2, "question": [None] * 2, "responses": [40, 4],
        ...     "score": [4.2, 3.0], "scale_low": [1.0] * 2, "scale_high": [5.0] * 2, "source": [None] * 2})
        >>> ratings_table(rows, min_citizens=5)[["score_pct", "mask"]].to_numpy().tolist()
        [[80.0, ''], [nan, 'small']]
    """
    few = ratings["responses"].to_numpy(dtype=np.float64) < min_citizens
    low, high = (ratings[name].to_numpy(dtype=np.float64) for name in ("scale_low", "scale_high"))
    placed = 100.0 * (ratings["score"].to_numpy(dtype=np.float64) - low) / (high - low)
    told = ratings[["service", "period", "question", "source"]].assign(
        responses=np.where(few, np.nan, ratings["responses"].to_numpy(dtype=np.float64)),
        score_pct=np.where(few, np.nan, np.round(placed, 6)),
        mask=np.where(few, SMALL, ""),
    )
    return published_frame("citizen_ratings", told)


def answers_table(answers: pd.DataFrame) -> pd.DataFrame:
    """HEARING_ANSWERS: as they came, never scored."""
    return published_frame("hearing_answers", answers)
