"""Who gets which role by what an OpenID provider says of them: STREAMSYNC_OIDC_ROLES. Pure."""

import re
from collections.abc import Mapping
from typing import Any

from storage.account_records import ROLES, Role
from storage.errors import BadInput

_RULE = re.compile(r"(\*|(https?://[^:=]+|[A-Za-z0-9_.-]+):(.+))=(viewer|editor|owner)")


class Roles:
    """Rules such as `groups:admins=owner`: of those that are true of somebody the greatest role counts."""

    def __init__(self, rules: tuple[tuple[str, str, Role], ...]) -> None:
        self._rules = rules

    @classmethod
    def of(cls, setting: str | None) -> "Roles":
        """The rules of a setting, with commas between. Raises BadInput."""
        rules: list[tuple[str, str, Role]] = []
        for number, text in enumerate([] if setting is None else setting.split(","), 1):
            found = _RULE.fullmatch(text.strip())
            if found is None:
                raise BadInput(
                    f"STREAMSYNC_OIDC_ROLES: rule {number} is not CLAIM:VALUE=ROLE or *=ROLE, of {', '.join(ROLES)}"
                )
            role: Role = next(one for one in ROLES if one == found[4])
            rules.append((found[2] or "*", found[3] or "", role))
        if not rules:
            raise BadInput("STREAMSYNC_OIDC_ROLES is not set: without, nobody could sign in by the provider")
        return cls(tuple(rules))

    def role(self, claims: Mapping[str, Any]) -> Role | None:
        """The role of who these claims are of; None: they may not come in."""
        found = [role for claim, value, role in self._rules if _is_true(claims, claim, value)]
        return max(found, key=ROLES.index, default=None)


def _is_true(claims: Mapping[str, Any], claim: str, value: str) -> bool:
    if claim == "*":
        return True
    if claim == "email" and claims.get("email_verified") is not True:
        return False  # anybody may have typed it in
    said = claims.get(claim)
    return value in said if isinstance(said, list) else said == value
