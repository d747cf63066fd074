"""What the API answers with about accounts and sessions: pydantic models, with examples. Times are RFC 3339."""

from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from manifest_server.admin.accounts import NewAccount, OneTimeLink
from manifest_server.admin.admission import Signed
from manifest_server.admin.examples import Example
from manifest_server.admin.sign_in import OpenLink
from manifest_server.playout.ticks import date_text
from storage.account_records import AccountRecord, LinkKind, Role

_LINK = f"/admin/link#{'0' * 64}"
_LATER = "2026-01-01T01:00:00.000Z"
ACCOUNT: Final[Example] = {
    "name": "ann", "role": "editor", "state": "active", "sign_in": "password", "created": "2026-01-01T00:00:00.000Z",
}  # fmt: skip
INVITED: Final[Example] = {**ACCOUNT, "name": "bob", "state": "invited", "sign_in": None}
INVITATION: Final[Example] = {"account": INVITED, "link": _LINK, "expires_at": "2026-01-04T00:00:00.000Z"}
ONE_TIME_LINK: Final[Example] = {"link": _LINK, "expires_at": _LATER}
OPEN_LINK: Final[Example] = {"kind": "invitation", "name": "bob", "expires_at": _LATER}
SETUP_LINK: Final[Example] = {"kind": "setup", "name": None, "expires_at": _LATER}
SESSION: Final[Example] = {
    "name": "ann", "role": "editor", "csrf": "5f" * 32, "expires_at": "2026-01-01T12:00:00.000Z",
    "sign_in": "password",
}  # fmt: skip
OIDC_OPTION: Final[Example] = {"title": "Company account", "url": "/api/v1/session/oidc"}
OPTIONS: Final[Example] = {"password": True, "setup": False, "oidc": OIDC_OPTION}

SignInBy = Literal["password", "oidc"]


class AccountView(BaseModel):
    """An account. `state`: "invited" until somebody has chosen a password; `sign_in`: by what its owner signs in."""

    model_config = ConfigDict(json_schema_extra={"examples": [ACCOUNT, INVITED]})

    name: str
    role: Role
    state: Literal["invited", "active", "disabled"]
    sign_in: SignInBy | None
    created: str

    @classmethod
    def of(cls, record: AccountRecord) -> Self:
        """What may be told of an account."""
        state = "disabled" if record.disabled else "active" if record.is_taken_up else "invited"
        return cls.model_validate(
            {
                "name": record.name, "role": record.role, "state": state, "sign_in": _by(record),
                "created": date_text(record.created_ms),
            }
        )  # fmt: skip


class InvitationView(BaseModel):
    """A new account, and the link with which its password is chosen; null for one that has a password."""

    model_config = ConfigDict(json_schema_extra={"examples": [INVITATION]})

    account: AccountView
    link: Annotated[str | None, Field(description="a path on this server, told this once; it opens once")]
    expires_at: str | None

    @classmethod
    def told(cls, made: NewAccount) -> Self:
        """What is told to whoever made it."""
        link = made.link
        expires_at = None if link is None else date_text(link.record.expires_ms)
        return cls(
            account=AccountView.of(made.record), link=None if link is None else link.path, expires_at=expires_at
        )


class LinkView(BaseModel):
    """A one-time link, told this once."""

    model_config = ConfigDict(json_schema_extra={"examples": [ONE_TIME_LINK]})

    link: Annotated[str, Field(description="a path on this server; it opens once")]
    expires_at: str

    @classmethod
    def told(cls, link: OneTimeLink) -> Self:
        """What is told to whoever made it."""
        return cls(link=link.path, expires_at=date_text(link.record.expires_ms))


class OpenLinkView(BaseModel):
    """What a one-time link is for: "setup" makes the first owner, whose name is chosen too."""

    model_config = ConfigDict(json_schema_extra={"examples": [OPEN_LINK, SETUP_LINK]})

    kind: LinkKind
    name: str | None
    expires_at: str

    @classmethod
    def of(cls, link: OpenLink) -> Self:
        """What is told to who has it."""
        return cls(kind=link.record.kind, name=link.record.account, expires_at=date_text(link.record.expires_ms))


class SessionView(BaseModel):
    """Who has signed in. `csrf` goes into `X-CSRF-Token` of every change; it lasts until `expires_at` if not used."""

    model_config = ConfigDict(json_schema_extra={"examples": [SESSION]})

    name: str
    role: Role
    csrf: str
    expires_at: str
    sign_in: SignInBy

    @classmethod
    def of(cls, signed: Signed) -> Self:
        """What is told to who has the session."""
        account = signed.account
        expires_at = date_text(signed.session.expires_ms)
        return cls(
            name=account.name, role=account.role, csrf=signed.csrf, expires_at=expires_at,
            sign_in=_by(account) or "password",
        )  # fmt: skip


class OidcOption(BaseModel):
    """An OpenID provider to sign in by: what its button says, and where that leads."""

    model_config = ConfigDict(json_schema_extra={"examples": [OIDC_OPTION]})

    title: str
    url: str


class OptionsView(BaseModel):
    """How one may sign in here. `setup`: there is no owner yet, and the program that runs the server tells a link."""

    model_config = ConfigDict(json_schema_extra={"examples": [OPTIONS]})

    password: bool
    setup: bool
    oidc: OidcOption | None


def _by(account: AccountRecord) -> SignInBy | None:
    return "oidc" if account.subject is not None else "password" if account.password is not None else None
