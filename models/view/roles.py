"""Who may what, in one place: roles come from a claim of the sign-in, and who has none is let in nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

LOOK, KEEP, WITHDRAW, DECIDE, ADJUST = "look", "keep", "withdraw", "decide", "adjust"
UNSUPPRESSED, CASES = "unsuppressed", "cases"


@dataclass(frozen=True)
class Role:
    """What someone may do.

    Attributes:
        name: ``viewer``, ``staff``, ``sagsoekonom`` (the claim may spell it with ø) or ``administrator``; of several the last.
        actions: What it may: ``look`` at suppressed totals and try scenarios, ``keep`` scenarios for others, ``withdraw`` kept
            ones, ``decide`` cases and say what became of them, ``adjust`` the result by coming events, see
            ``unsuppressed`` service totals, see keyed ``cases``.
    """

    name: str
    actions: frozenset[str]

    @property
    def may_keep(self) -> bool:
        """Keep a scenario for others, under its id."""
        return may(self, KEEP)

    @property
    def may_withdraw(self) -> bool:
        """Take a kept scenario out of the list."""
        return may(self, WITHDRAW)


VIEWER = Role("viewer", frozenset({LOOK}))
STAFF = Role("staff", frozenset({LOOK, KEEP, DECIDE, ADJUST, UNSUPPRESSED}))
CASE_ECONOMIST = Role("sagsoekonom", frozenset({LOOK, KEEP, UNSUPPRESSED, CASES}))
ADMINISTRATOR = Role("administrator", frozenset({LOOK, KEEP, WITHDRAW, DECIDE, ADJUST, UNSUPPRESSED}))
_ROLES = (VIEWER, STAFF, CASE_ECONOMIST, ADMINISTRATOR)
_BY_NAME = {role.name: role for role in _ROLES} | {"sagsøkonom": CASE_ECONOMIST}


def may(role: Role | None, action: str) -> bool:
    """Whether someone may do something: the one place that says so.

    Example:
        >>> may(VIEWER, "unsuppressed"), may(CASE_ECONOMIST, "cases"), may(ADMINISTRATOR, "cases"), may(None, "look")
        (False, True, False, False)
    """
    return role is not None and action in role.actions


def role_of(claims: Mapping[str, object] | None, *, claim: str = "roles", local: str = "staff") -> Role | None:
    """The role of whoever asks; None: nobody we know, so nothing may be shown.

    Args:
        claims: Claims of the sign-in; None: no sign-in is set up, so the page is on this machine alone.
        claim: Where the roles stand; a dot leads into a claim that holds others (``realm_access.roles``).
        local: The role of this machine's user where there is no sign-in.

    Example:
        >>> role_of(None).name, role_of({"roles": ["staff", "guest"]}).name, role_of({"roles": "root"}), role_of({})
        ('staff', 'staff', None, None)
        >>> role_of({"realm_access": {"roles": ["sagsoekonom", "administrator"]}}, claim="realm_access.roles").name
        'administrator'
    """
    if claims is None:
        return _BY_NAME.get(local)
    named: object = claims
    for part in claim.split("."):
        named = named.get(part) if isinstance(named, dict) else None
    names = [named] if isinstance(named, str) else named if isinstance(named, list | tuple) else []
    wanted = {_BY_NAME[name].name for name in names if isinstance(name, str) and name in _BY_NAME}
    found = [role for role in _ROLES if role.name in wanted]
    return Role(found[-1].name, frozenset().union(*(role.actions for role in found))) if found else None
