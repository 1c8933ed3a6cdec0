"""Columns of the OS2BOS form that belong to a case: payee, parents, case worker and texts, all invented."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from data.synthetic.activities import STEPS, WORKERS
from data.synthetic.calendar import iso, month_of
from data.synthetic.identity import Identity, draw_identity
from data.synthetic.places import NAMES
from data.synthetic.plan import PLANS

if TYPE_CHECKING:
    from data.synthetic.town import Town


def case_columns(town: Town, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Columns that belong to the case: payee, parents, case worker, texts. All invented."""
    cases = town.priced.cases
    n = len(cases)
    persons = cases["person"].to_numpy()
    parents = _adults(cases["birth"].to_numpy(), rng, woman=True), _adults(cases["birth"].to_numpy(), rng, woman=False)
    payee = _adults(cases["birth"].to_numpy(), rng, woman=True)
    company = np.array(
        [f"{31_000_000 + 977 * number + 13 * plan:08d}" for number, plan in zip(cases["provider_no"], cases["plan"], strict=True)]
    )
    own = (cases["provider"] == 0).to_numpy()
    public = (cases["provider"] <= 2).to_numpy()
    kind = np.select([own, persons], ["INTERNAL", "PERSON"], "COMPANY")
    worker = np.array(WORKERS)[rng.integers(0, len(WORKERS), n)]
    young = (month_of(cases["start"].to_numpy()) - cases["birth"].to_numpy()) < 18 * 12
    step = np.array(STEPS)[rng.integers(1, len(STEPS), n)]
    empty, place = np.full(n, "", dtype=object), np.full(n, NAMES.get(town.municipality, town.municipality), dtype=object)
    return {
        "recipient_type": kind,
        "recipient_id": np.select(
            [own, persons], [np.array([f"{900 + plan}" for plan in cases["plan"]]), payee.hyphened], company
        ),
        "recipient_name": np.select(
            [own, persons], ["Egen institution", payee.name], np.where(public, "Anden myndighed", "Leverandør ApS")
        ),
        "payment_method": np.select([own, persons], ["INTERNAL", "SD"], "INVOICE"),
        "target_group": np.where(young, "FAMILY_DEPT", "DISABILITY_DEPT"),
        "case_worker": worker,
        "team": np.array(["Team A", "Team B", "Team C"])[rng.integers(0, 3, n)],
        "leader": np.full(n, "Lone Fog", dtype=object),
        "efforts": empty,
        "effort_step": step,
        "scaling_step": rng.integers(1, 11, n).astype(str),
        "paying_municipality": place,
        "acting_municipality": place,
        "residence_municipality": place,
        "mother_cpr": np.where(young, parents[0].hyphened, ""),
        "father_cpr": np.where(young & (rng.random(n) < 0.8), parents[1].hyphened, ""),
        "activity_category__category_id": np.array([f"{15_200 + plan}" for plan in cases["plan"]]),
        "activity_category__name": np.array([PLANS[plan].key.replace("_", " ") for plan in cases["plan"]]),
        "note": np.where(rng.random(n) < 0.25, np.char.add("Aftalt med ", worker.astype(str)), ""),
        "approval_level": np.array(["egenkompetence", "teammøde", "fagspecialist", "teamleder"])[rng.integers(0, 4, n)],
        "approval_user": np.full(n, "Lone Fog", dtype=object),
        "appropriation_date": np.array(iso(_granted(town))),
        "opened": (month_of(cases["start"].to_numpy()) // 12 % 100).astype(str),
    }


def _granted(town: Town) -> np.ndarray:
    """Day the system knew the case, not after the window."""
    first = town.priced.rows.groupby("case")["recorded"].min().reindex(range(len(town.priced.cases)))
    return np.minimum(first.fillna(town.window.last_day).to_numpy(), town.window.last_day).astype(np.int64)


def _adults(birth: np.ndarray, rng: np.random.Generator, *, woman: bool) -> Identity:
    years = rng.integers(22, 38, len(birth))
    return draw_identity(np.maximum(birth - years * 12, 1930 * 12), np.full(len(birth), not woman), rng)
