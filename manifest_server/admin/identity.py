"""Who an OpenID provider says that somebody is, and that somebody is not let in."""

from dataclasses import dataclass

from storage.account_records import Role


class Refused(Exception):
    """Somebody is not let in. `code` is for the page, the text for the audit trail."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody is there. `names`: what their account may be called, the best first; `role`: None is nobody's."""

    subject: str
    names: tuple[str, ...]
    role: Role | None
