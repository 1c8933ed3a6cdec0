"""The night and its known citizens: whether they may be rolled forward, as of which cutoffs, and what of it is published."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING

import pandas as pd

from data.errors import DAMAGED
from data.input_state import write_beside
from data.schema import PUBLISHED
from flows.stays import answer_stays
from flows.then import known_tonight
from models.citizens.blend import Weights, blend, learn_weights
from models.citizens.known import SPLIT_COLUMNS, cost_split, known_months, roll_known
from models.citizens.paths import payers_of
from models.citizens.radar import transition_radar
from models.citizens.siblings import households
from models.refund import Simulation
from models.secondary import Limits

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from data.settings import LegalBasis, Paths
    from flows.night import Night
    from flows.steps import Tick
    from flows.then import Then
    from models.citizens.blend import KnownPaths
    from models.citizens.known import Known
    from models.disclosure import Masks
    from models.forecast.calibrate import WidthFactor
    from models.types import PressureDraws

NOT_USED = Weights((0.0,) * 6, (0.0,) * 6, 0)
SAMPLE = "sample"


def remember_sample(paths: Paths, files: Sequence[Path]) -> None:
    """Note which files the synthetic sample consists of: nobody's cases, so nobody's basis is needed."""
    digests = sorted(sha256(file.read_bytes()).hexdigest() for file in files)
    write_beside(_sample_list(paths), json.dumps(digests))


def _sample_list(paths: Paths) -> Path:
    return paths.home / "sample_files.json"


def basis_of(night: Night) -> LegalBasis | str | None:
    """The recorded legal basis; ``sample`` where every case file is the synthetic sample's; None: it must not be done."""
    if night.settings.known_citizens is not None:
        return night.settings.known_citizens
    files = night.frames["input_files"]
    cases = set(files.loc[(files["table_name"] == "cases") & (files["status"] != "refused"), "sha256"])
    listed = _sample_list(night.settings.paths)
    try:
        ours = set(json.loads(listed.read_text(encoding="utf-8"))) if listed.exists() else set()
    except DAMAGED:
        ours = set()  # not known to be the sample: no basis
    return SAMPLE if cases and cases <= ours else None


def roll(night: Night, known: Then, n_draws: int, *, keep_paths: bool = False) -> Known | None:
    """Roll forward as of a cutoff, from what is known at it; None where that must not be done, or nobody is known."""
    if basis_of(night) is None:
        return None
    settings, how = night.settings, {"n_draws": n_draws, "keep_paths": keep_paths}
    limits = Limits(settings.min_citizens, settings.max_top_share)
    return roll_known(known.stays, known.list_cost, known.tables, seed=settings.seed, limits=limits, **how)


def learn_from(
    night: Night, draws: Mapping[pd.Timestamp, PressureDraws], then: Mapping[pd.Timestamp, Then], n_draws: int
) -> tuple[Weights, dict[pd.Timestamp, KnownPaths]]:
    """Roll forward as of the remade forecasts' cutoffs, and find how much the known should weigh beside them."""
    rolled = {origin: roll(night, then[origin], n_draws) for origin in draws}
    known = {origin: found.paths for origin, found in rolled.items() if found is not None}
    return learn_weights(night.held["parts"].tables, [(draws[origin], paths) for origin, paths in known.items()]), known


def joined(
    draws: Mapping[pd.Timestamp, PressureDraws],
    known: Mapping[pd.Timestamp, KnownPaths],
    weights: Weights,
    wider: WidthFactor | None = None,
) -> dict[pd.Timestamp, PressureDraws]:
    """Remade forecasts with what was known of citizens at their cutoffs."""
    return {
        origin: blend(made, known[origin], weights, wider=None if wider is None else wider.at(len(made.months)))
        if origin in known
        else made
        for origin, made in draws.items()
    }


def join_known(night: Night, _tick: Tick) -> None:
    """Roll known citizens forward tonight and join them with the series forecast.

    Args:
        night: The night; ``draws``, ``lookback`` and ``known_weights`` are there.
    """
    drivers = night.held["parts"].tables
    known, basis = blend_known(night, keep_paths=True), basis_of(night)
    if known is None:
        night.frames["known_months"] = _nothing("known_months")
        nobody = basis is not None or night.held["extracts"].stays.empty
        night.held["notices"].append(_notice(*(_NOBODY if nobody else _NOT_ALLOWED)))
        return
    answer_stays(night, known)
    if known.rolled.paths is not None:
        payers = payers_of(night.held["extracts"].stays, known.stays)
        homes = households(known.rolled.paths, known.stays, payers, seed=night.settings.seed)
        night.held["simulation"] = Simulation(known.rolled.paths, known.stays, payers, known.endings.last_share, homes)
    night.frames["known_months"] = known_months(known, night.held["draws"], drivers.services)
    night.held["radar"] = (known.stays, known.endings, known.entrants)
    night.held["notices"].append(_notice(*_named(basis)))


def show_radar(night: Night, masks: Masks) -> None:
    """Make ``transition_radar`` and ``transition_leaving``: where it is known what the run hides, and what earlier ones hid.

    Args:
        night: The night; ``join_known`` was there.
        masks: What the run hides.
    """
    if "radar" not in night.held:
        night.frames |= {name: _nothing(name) for name in ("transition_radar", "transition_leaving")}
        return
    stays, endings, entrants = night.held.pop("radar")
    night.frames["transition_radar"], night.frames["transition_leaving"] = transition_radar(
        stays,
        endings,
        entrants,
        night.held["parts"].tables.services,
        masked={member for level, member in masks.months if level == "service"},
        earlier=night.held["hidden_earlier"].radar,
        min_citizens=night.settings.min_citizens,
        max_top_share=night.settings.max_top_share,
    )


def blend_known(night: Night, *, keep_paths: bool = False) -> Known | None:
    """What the forecast takes from known citizens: joined draws and the split of their cost; nothing is told of it yet.

    Args:
        night: The night; ``draws``, ``lookback`` and ``known_weights`` are there.
        keep_paths: Also keep the single stays, in memory, for the refund.

    Returns:
        Tonight's roll-forward; None where there is none, and the draws stay as they were.
    """
    known = roll(night, known_tonight(night), night.settings.n_draws, keep_paths=keep_paths)
    if known is None:
        night.held |= {"known_weights": NOT_USED, "split": pd.DataFrame(columns=list(SPLIT_COLUMNS))}
        return None
    draws = night.held["draws"]
    wider = night.held["lookback"].services.at(len(draws.months))
    night.held["draws"] = blend(draws, known.paths, night.held["known_weights"], wider=wider)
    night.held["split"] = cost_split(known, night.held["draws"])
    return known


def _nothing(name: str) -> pd.DataFrame:
    return pd.DataFrame(columns=list(PUBLISHED[name].names))


_HOW = (
    "Fremskrivningen bygger også på kendte borgere, rullet frem i grupper efter ydelse, alder og varighed; "
    "intet siges om den enkelte."
)
_HOW_EN = (
    "The forecast also stands on known citizens, rolled forward in cells of service, age and duration; "
    "nothing is said about the single one."
)
_NOT_ALLOWED = (
    (
        "Kendte borgere er ikke fremskrevet enkeltvis: kommunen har ikke registreret sin hjemmel i indstillingerne "
        "(known_citizens). Fremskrivningen bygger på månedstal alene."
    ),
    (
        "Known citizens are not rolled forward one by one: the municipality has not recorded its legal basis in the settings "
        "(known_citizens). The forecast stands on monthly figures alone."
    ),
)
_NOBODY = (
    "Kilden har ingen sager på enkelte borgere: hvem der er kendt, og hvem der kommer til, kan ikke skilles ad.",
    "The source holds no cases of single citizens: who is known and who is new can't be told apart.",
)


def _named(basis: LegalBasis | str | None) -> tuple[str, str]:
    if isinstance(basis, str) or basis is None:
        return f"{_HOW} Data er syntetiske.", f"{_HOW_EN} The data are synthetic."
    signed = f"{basis.text} ({basis.signed}, {basis.decided:%d.%m.%Y})"
    return f"{_HOW} Hjemmel: {signed}.", f"{_HOW_EN} Legal basis: {signed}."


def _notice(danish: str, english: str) -> pd.DataFrame:
    return pd.DataFrame({"notice_id": ["known_citizens"], "member": ["run"], "text_da": [danish], "text_en": [english]})
