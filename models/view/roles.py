"""Who may what with scenarios: a viewer looks and tries, budget staff keep and share, an administrator also withdraws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Role:
    """What someone may do.

    Attributes:
        name: ``viewer``, ``staff`` or ``administrator``.
        may_keep: Keep a scenario for others, under its id.
        may_withdraw: Take a kept scenario out of the list.
    """

    name: str
    may_keep: bool = False
    may_withdraw: bool = False


VIEWER = Role("viewer")
STAFF = Role("staff", may_keep=True)
ADMINISTRATOR = Role("administrator", may_keep=True, may_withdraw=True)
_BY_NAME = {role.name: role for role in (VIEWER, STAFF, ADMINISTRATOR)}


def role_of(claims: Mapping[str, object] | None) -> Role:
    """The role of whoever is signed in; the highest of those in the claim ``roles``, and a viewer where it names none.

    Args:
        claims: Claims of the sign-in; None: the home has no sign-in, so the page is on this machine and its user is budget staff.

    Example:
        >>> role_of(None).name, role_of({"roles": ["staff", "guest"]}).name, role_of({"roles": "root"}).name
        ('staff', 'staff', 'viewer')
    """
    if claims is None:
        return STAFF
    named = claims.get("roles", ())
    names = [named] if isinstance(named, str) else named if isinstance(named, list | tuple) else []
    found = [role for role in _BY_NAME.values() if role.name in names]
    return found[-1] if found else VIEWER
