"""Contract of the model choice, a recorded input of a run."""

from __future__ import annotations

from data.schema.column import Column, Kind, Sensitivity, Table
from data.schema.published_columns import MASK

MODEL_CHOICE = Table(
    name="model_choice",
    grain="one series of a service: what was chosen for it, a recorded input of the run",
    owner="opdrift",
    columns=(
        Column(name="service", kind=Kind.TEXT, key=True),
        Column(name="measure", kind=Kind.TEXT, key=True, allowed=("uptake", "unit_cost", "cost")),
        Column(
            name="forms",
            kind=Kind.TEXT,
            meaning="Chosen forms, of the series and of its logs; empty where it has no path of its own",
        ),
        Column(name="renewed_at", kind=Kind.MONTH, unit="newest month when forms and errors were chosen"),
        Column(
            name="path_made",
            kind=Kind.TEXT,
            allowed=("renewed", "refitted", "none"),
            meaning="renewed: with the choice. refitted: later that month, because history changed. none: stands on a level",
        ),
        *(
            Column(
                name=f"width_{month}",
                kind=Kind.NUMBER,
                required=False,
                sensitivity=Sensitivity.AGGREGATE,
                unit=f"factor on the expected spread {month} months ahead, before looking back, of the group",
            )
            for month in (1, 12, 24, 36)
        ),
        Column(
            name="choice_json",
            kind=Kind.TEXT,
            required=False,
            sensitivity=Sensitivity.AGGREGATE,
            meaning="Forms, errors, path and residuals, exact; NULL where masked: they would tell its months",
        ),
        *MASK,
    ),
)
