"""A portfolio to begin from: what the lever catalogue says a council may decide, on the run's largest groups of services."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from models.priority.option import FrameLimit, Level, Option, Portfolio
from models.priority.reading import with_uniforms
from models.scenario.lever_ids import id_of
from models.scenario.offers import offers_of

if TYPE_CHECKING:
    from models.scenario.baseline import Baseline
    from models.scenario.lever import Lever
    from models.scenario.offers import Offer

_KINDS = ("price", "service_level", "technology", "prevention")
_GROUPS = 3
_WORDS = {"price": "pris", "service_level": "niveau", "technology": "digital", "prevention": "forebyg"}


def suggested_portfolio(baseline: Baseline, name: str, *, danish: bool = True) -> Portfolio:
    """Price, service level, digital support and prevention for the three largest groups, at the catalogue's values.

    The service level may be lowered or raised; the other options stand at one level. No frame is allowed a deviation: where that
    can't be had, the answer says by how much.

    Args:
        baseline: The run.
        name: What to call it.
        danish: Language of the options' names.
    """
    groups = [group.key for group in baseline.groups if not group.merged][:_GROUPS]
    options = []
    for offer in offers_of(baseline):
        if offer.reason or offer.lever.kind not in _KINDS or offer.lever.group not in groups:
            continue
        options.append(_option(offer, baseline, danish=danish))
    frames = (FrameLimit(),) if baseline.has_frames else ()
    return with_uniforms(Portfolio.of(name, tuple(options), frames=frames, price_level=baseline.price_level))


def _option(offer: Offer, baseline: Baseline, *, danish: bool) -> Option:
    about = offer.about
    group = next(group for group in baseline.groups if group.key == offer.lever.group)
    label, place = (about.label_da, group.labels_da[0]) if danish else (about.label_en, group.labels_en[0])
    option_id = id_of(_WORDS[offer.lever.kind], offer.lever.group, mark="-", most=20)
    levels = [_level(option_id, "fuld", label, offer.lever)]
    if offer.lever.kind == "service_level":
        value = abs(offer.lever.value)
        lower, higher = ("lavere", "højere") if danish else ("lower", "higher")
        levels = [
            _level(option_id, "hoejere", higher, offer.at(value)),
            _level(option_id, "lavere", lower, offer.at(-value)),
        ]
    legal = about.legal_da if danish else about.legal_en
    evidence = about.evidence_da if danish else about.evidence_en
    return Option(
        option_id=option_id, name=f"{label}: {place}", levels=tuple(levels), legal_note=legal, evidence=evidence, grade="none"
    )


def _level(option_id: str, level_id: str, name: str, lever: Lever) -> Level:
    return Level(level_id=level_id, name=name, levers=(replace(lever, lever_id=f"{option_id}-{level_id}-0", uniform=None),))
