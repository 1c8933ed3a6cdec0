"""What is planted: services with uptake, trends, prices, providers and delays; the price index; the names of places.

All values are synthetic, of the order of docs/domain.md section 5. Stocks, prices and uptake are stated at the end of
2026 for a municipality of 50,000; trends run backwards and forwards from there.
"""

from __future__ import annotations

from dataclasses import dataclass

ANCHOR_YEAR = 2026
FRAME_LABELS = {"50.54": "Tilbud til voksne med særlige behov", "30.46": "Forebyggelse og anbringelse"}
COMMITTEES = {"50.54": "Socialudvalget", "30.46": "Børne- og Skoleudvalget"}

# Synthetic yearly growth of prices and wages, per cent. Not KL's figures and not labelled so.
INDEX_GROWTH = {
    2014: 1.3, 2015: 1.4, 2016: 1.5, 2017: 1.4, 2018: 1.6, 2019: 1.9, 2020: 1.8, 2021: 1.5, 2022: 3.1, 2023: 4.0, 2024: 4.6,
    2025: 3.3, 2026: 2.9, 2027: 2.8, 2028: 2.6,
}  # fmt: skip
OTHER_GROWTH = 2.4

# Months from service month to posting, by expense type (art): shares at lag 0, 1, 2 ...
LAGS: dict[str, tuple[float, ...]] = {
    "40": (0.32, 0.60, 0.05, 0.02, 0.01),
    "47": (0.04, 0.50, 0.20, 0.11, 0.06, 0.03, 0.02, 0.008, 0.007, 0.006, 0.005, 0.004, 0.003, 0.002, 0.002, 0.001, 0.001, 0.001),
    "48": (0.05, 0.60, 0.20, 0.10, 0.03, 0.02),
    "52": (0.97, 0.03),
    "91": (0.90, 0.10),
}


@dataclass(frozen=True)
class ServicePlan:
    """One planted service.

    Attributes:
        key: Key in the service catalogue.
        stock: Full-time citizens at the end of 2026 in the standard population of 50,000.
        ages: Knots ``(age, weight)`` of relative uptake by age, linear between.
        uptake_trend: Yearly growth of uptake at given age, share.
        cost_trend: Yearly growth of unit cost above the index, share.
        price: Median price per priced unit at the end of 2026, DKK.
        sigma: Spread of log price.
        months: Mean length of a case, months.
        mix: Shares of own, municipality, region, private.
        mix_trend: Yearly change of the own share (percentage points / 100).
        person_share: Share of private payees who are natural persons (art 52).
        hours: Median hours per week where priced by the hour.
        hours_sigma: Spread of log hours.
        partners: Services whose citizens may also get this one.
        partner_share: Share of entrants who come from a partner.
        male: Share of men and boys.
        sold: True: places sold to citizens of other municipalities.
        short: True: the service exists in the last 18 months only.
        special: Share of cases that are one-person arrangements (about 2.4 times as dear).
    """

    key: str
    stock: float
    ages: tuple[tuple[int, float], ...]
    uptake_trend: float
    cost_trend: float
    price: float
    sigma: float
    months: float
    mix: tuple[float, float, float, float]
    mix_trend: float = 0.0
    person_share: float = 0.0
    hours: float = 0.0
    hours_sigma: float = 0.0
    partners: tuple[str, ...] = ()
    partner_share: float = 0.0
    male: float = 0.55
    sold: bool = False
    short: bool = False
    special: float = 0.0


_HOUSING = ((18, 0.9), (22, 1.0), (30, 1.0), (50, 1.1), (66, 1.1), (75, 0.9), (85, 0.6), (95, 0.1))
_YOUNG = ((18, 3.0), (22, 3.2), (29, 1.8), (40, 0.8), (60, 0.4), (75, 0.1), (90, 0.0))
_TEENS = ((0, 0.3), (6, 0.6), (12, 1.4), (17, 2.4), (18, 0.6), (22, 0.2))
_ALL = (*_HOUSING[:6], (85, 0.3))
_DAY = ("laengerevarende_botilbud", "botilbudslignende_tilbud", "midlertidigt_botilbud")

PLANS: tuple[ServicePlan, ...] = (
    ServicePlan("laengerevarende_botilbud", 48, _HOUSING, -0.004, 0.012, 3150, 0.50, 130,
                (0.48, 0.25, 0.09, 0.18), mix_trend=-0.004, special=0.05),
    ServicePlan("midlertidigt_botilbud", 56, _YOUNG, 0.016, 0.015, 2300, 0.56, 34,
                (0.34, 0.32, 0.06, 0.28), mix_trend=-0.006, special=0.06),
    ServicePlan("botilbudslignende_tilbud", 124, _HOUSING, 0.014, 0.011, 2000, 0.54, 100,
                (0.56, 0.21, 0.06, 0.17), mix_trend=-0.004, special=0.04),
    ServicePlan("bostoette", 350, ((18, 2.2), (29, 1.9), (40, 1.2), (60, 0.8), (75, 0.3), (90, 0.1)), 0.011, 0.005, 455, 0.10, 50,
                (0.84, 0.02, 0.0, 0.14), hours=3.4, hours_sigma=0.62, partners=("stofmisbrugsbehandling",), partner_share=0.10,
                male=0.48),
    ServicePlan("bpa", 19, _ALL, 0.006, 0.006, 268, 0.08, 110, (0.0, 0.0, 0.0, 1.0), person_share=0.45, hours=74,
                hours_sigma=0.55),
    ServicePlan("kontant_tilskud", 11, _ALL, 0.0, 0.0, 24000, 0.40, 80, (0.0, 0.0, 0.0, 1.0), person_share=1.0, short=True),
    ServicePlan("hjemmehjaelp_handicap", 105, ((18, 0.3), (40, 0.8), (60, 1.7), (66, 2.0)), 0.006, 0.004, 486, 0.06, 52,
                (0.62, 0.0, 0.0, 0.38), hours=3.6, hours_sigma=0.75, partners=("bostoette",), partner_share=0.30, male=0.45),
    ServicePlan("ledsageordning", 58, ((12, 0.4), (18, 1.0), (60, 1.2), (66, 1.2), (75, 0.3)), 0.0, 0.002, 238, 0.05, 84,
                (0.45, 0.0, 0.0, 0.55), hours=3.3, hours_sigma=0.20, partners=("bostoette", "botilbudslignende_tilbud"),
                partner_share=0.60),
    ServicePlan("kontaktperson_doevblinde", 2.6, _ALL, 0.0, 0.0, 315, 0.05, 130, (0.0, 0.0, 1.0, 0.0), hours=5.0,
                hours_sigma=0.3),
    ServicePlan("aktivitets_samvaerstilbud", 152, _HOUSING, 0.009, 0.009, 763, 0.44, 100,
                (0.55, 0.22, 0.08, 0.15), partners=_DAY, partner_share=0.88),
    ServicePlan("beskyttet_beskaeftigelse", 58, ((18, 0.7), (30, 1.0), (60, 1.0), (66, 0.8)), -0.008, 0.003, 385, 0.28, 96,
                (0.60, 0.25, 0.0, 0.15), partners=("botilbudslignende_tilbud", "bostoette"), partner_share=0.60),
    ServicePlan("forsorgshjem", 15, ((18, 1.0), (30, 1.5), (50, 1.5), (66, 0.6), (80, 0.1)), 0.006, 0.008, 1420, 0.22, 9,
                (0.0, 0.55, 0.20, 0.25), male=0.75),
    ServicePlan("kvindekrisecenter", 8.5, ((18, 1.4), (35, 1.6), (50, 0.6), (75, 0.1)), 0.020, 0.006, 1630, 0.18, 6,
                (0.0, 0.40, 0.0, 0.60), male=0.0),
    ServicePlan("stofmisbrugsbehandling", 110, ((18, 1.2), (30, 1.6), (50, 1.0), (66, 0.3), (80, 0.0)), 0.006, 0.003, 4300, 0.42,
                30, (0.72, 0.12, 0.04, 0.12), partners=("bostoette",), partner_share=0.25, male=0.70),
    ServicePlan("plejefamilie", 74, ((0, 0.5), (6, 1.1), (12, 1.5), (17, 1.7), (18, 0.4), (22, 0.2)), 0.001, 0.015, 43500, 0.30,
                60, (0.0, 0.0, 0.0, 1.0), person_share=1.0, male=0.51),
    ServicePlan("boernehjem", 19, _TEENS, 0.008, 0.018, 4400, 0.46, 27, (0.42, 0.30, 0.10, 0.18), special=0.06),
    ServicePlan("opholdssted", 19, _TEENS[2:], 0.008, 0.017, 3750, 0.42, 25, (0.0, 0.04, 0.0, 0.96), special=0.06),
    ServicePlan("eget_vaerelse", 12, ((14, 0.5), (17, 2.0), (18, 1.6), (22, 0.4)), -0.008, 0.004, 26500, 0.28, 20,
                (0.0, 0.10, 0.0, 0.90)),
    ServicePlan("sikret_institution", 1.3, ((14, 0.4), (16, 1.5), (17, 1.8), (18, 0.1)), 0.0, 0.010, 7900, 0.10, 6,
                (0.0, 0.35, 0.65, 0.0), male=0.9),
    ServicePlan("familiebehandling", 175, ((0, 0.9), (6, 1.3), (12, 1.4), (17, 1.0), (18, 0.1)), 0.014, 0.006, 7600, 0.55, 27,
                (0.70, 0.0, 0.0, 0.30), male=0.53),
    ServicePlan("fast_kontaktperson", 84, ((6, 0.3), (12, 1.2), (17, 2.0), (22, 0.5)), 0.008, 0.003, 418, 0.10, 24,
                (0.55, 0.0, 0.0, 0.45), hours=3.2, hours_sigma=0.42, partners=("familiebehandling", "eget_vaerelse"),
                partner_share=0.40),
    ServicePlan("stoetteophold", 78, ((0, 0.3), (6, 1.2), (12, 1.4), (17, 1.0), (18, 0.0)), 0.004, 0.004, 215, 0.50, 38,
                (0.30, 0.0, 0.0, 0.70), person_share=0.75,
                partners=("familiebehandling", "saerlige_dagtilbud", "plejefamilie"), partner_share=0.50),
    ServicePlan("ungestoette", 46, ((18, 1.8), (20, 1.4), (22, 0.8)), 0.008, 0.006, 13800, 0.55, 18,
                (0.40, 0.0, 0.0, 0.60), partners=("eget_vaerelse",), partner_share=0.15),
    ServicePlan("saerlige_dagtilbud", 58, ((0, 0.4), (3, 1.6), (6, 1.6), (12, 0.8), (17, 0.5)), 0.016, 0.008, 33500, 0.30, 40,
                (0.55, 0.30, 0.0, 0.15), male=0.66),
    ServicePlan("laengerevarende_botilbud", 14, _HOUSING, 0.0, 0.010, 3000, 0.40, 120, (1.0, 0.0, 0.0, 0.0), sold=True),
    ServicePlan("aktivitets_samvaerstilbud", 22, _HOUSING, 0.0, 0.007, 749, 0.35, 100, (1.0, 0.0, 0.0, 0.0), sold=True),
    ServicePlan("boernehjem", 5, _TEENS, 0.0, 0.012, 4200, 0.30, 30, (1.0, 0.0, 0.0, 0.0), sold=True),
)  # fmt: skip

# Where citizens go when a case ends at the age limit or by transfer: service -> (share who go on, {next service: share}).
NEXT_SERVICE: dict[str, tuple[float, dict[str, float]]] = {
    "plejefamilie": (0.55, {"ungestoette": 0.45, "bostoette": 0.35, "midlertidigt_botilbud": 0.20}),
    "boernehjem": (0.65, {"midlertidigt_botilbud": 0.45, "ungestoette": 0.30, "bostoette": 0.25}),
    "opholdssted": (0.60, {"midlertidigt_botilbud": 0.40, "ungestoette": 0.35, "bostoette": 0.25}),
    "saerlige_dagtilbud": (0.40, {"aktivitets_samvaerstilbud": 0.60, "bostoette": 0.40}),
    "familiebehandling": (0.12, {"bostoette": 0.60, "ungestoette": 0.40}),
    "ungestoette": (0.30, {"bostoette": 0.80, "midlertidigt_botilbud": 0.20}),
    "midlertidigt_botilbud": (0.35, {"botilbudslignende_tilbud": 0.65, "laengerevarende_botilbud": 0.35}),
}
CHILD_SERVICES = frozenset(
    {"plejefamilie", "boernehjem", "opholdssted", "saerlige_dagtilbud", "familiebehandling", "eget_vaerelse"}
)
LATE_SERVICES = frozenset({"plejefamilie", "boernehjem", "opholdssted", "eget_vaerelse"})  # a few stay on to 22
OPENING_DAYS = frozenset({"aktivitets_samvaerstilbud", "beskyttet_beskaeftigelse"})  # priced per day the place is open
HOMES = frozenset({*_DAY, "forsorgshjem", "plejefamilie", "boernehjem", "opholdssted", "eget_vaerelse", "sikret_institution"})


def index_level(year: int) -> float:
    """Price level of ``year`` relative to the anchor year.

    Example:
        >>> index_level(2026), round(index_level(2027), 3)
        (1.0, 1.028)
    """
    level = 1.0
    for step in range(ANCHOR_YEAR + 1, year + 1):
        level *= 1 + INDEX_GROWTH.get(step, OTHER_GROWTH) / 100
    for step in range(year + 1, ANCHOR_YEAR + 1):
        level /= 1 + INDEX_GROWTH.get(step, OTHER_GROWTH) / 100
    return level
