"""Every numeric column that is published is in the attacker's equations, or named with the reason why not."""

from __future__ import annotations

from itertools import chain

from disclosure_tables import ADDITIVE, BY_FRAME, BY_SERVICE, EVERYWHERE, IN_EQUATIONS, OUTSIDE_EQUATIONS

from data.schema import PUBLISHED
from data.schema.column import Kind

NUMERIC = {Kind.WHOLE, Kind.MONEY, Kind.NUMBER, Kind.DRAWS}


def test_no_published_number_is_left_out_of_the_attack() -> None:
    for name, table in PUBLISHED.items():
        numbers = {column.name for column in table.columns if column.kind in NUMERIC and not column.key}
        attacked = set(chain(*(part.get(name, ()) for part in (ADDITIVE, BY_SERVICE, BY_FRAME, IN_EQUATIONS))))
        reasons = [(column, why) for columns, why in OUTSIDE_EQUATIONS.get(name, {}).items() for column in columns]
        named = {column for column, _ in reasons} | EVERYWHERE.keys()
        assert numbers - attacked - named == set(), f"{name}: attack it, or say why not"
        assert (attacked | named) - EVERYWHERE.keys() - numbers == set(), f"{name}: no such number"
        assert attacked & named <= EVERYWHERE.keys(), f"{name}: attacked, and said not to be"
        assert all(len(why) > 20 for _, why in reasons)
