"""The API's doors where people sign in and out. Those to sign in by are open, to pages of this server."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated

from fastapi import Response
from pydantic import ConfigDict, Field, SecretStr
from starlette.exceptions import HTTPException
from starlette.requests import Request

from manifest_server.admin.account_views import OidcOption, OpenLinkView, OptionsView, SessionView
from manifest_server.admin.admission import Admission, Signed
from manifest_server.admin.api import caller
from manifest_server.admin.cookies import leave, settle
from manifest_server.admin.parameters import Body
from manifest_server.admin.reach import in_reach
from manifest_server.admin.refusals import THROTTLED
from manifest_server.admin.routing import Router
from manifest_server.admin.sign_in import SignIn

_CODE = "what stands behind the `#` of a one-time link"


class Credentials(Body):
    """Who signs in."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "ann", "password": "correct horse battery"}]})

    name: str
    password: SecretStr


class LinkCode(Body):
    """A one-time link."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"link": "0" * 64}]})

    link: Annotated[SecretStr, Field(description=_CODE)]


class LinkUse(LinkCode):
    """Who takes a one-time link up, and the password that they choose."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"link": "0" * 64, "name": "ann", "password": "correct horse battery"}]}
    )

    name: Annotated[str | None, Field(description="of the first owner; other links know whose they are")] = None
    password: Annotated[SecretStr, Field(description="10 to 256 characters, whichever")]


class PasswordChange(Body):
    """Another password."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"old": "correct horse battery", "new": "staple wrong pony"}]}
    )

    old: SecretStr
    new: Annotated[SecretStr, Field(description="10 to 256 characters, whichever")]


def router(sign_in: SignIn, admission: Admission, check: Callable[[], None], oidc: OidcOption | None) -> Router:
    """The routes under /session. `check` raises Unavailable while the catalogue is known to be away."""

    routes = Router(prefix="/session", tags=["session"], dependencies=[in_reach(check)], responses=THROTTLED)

    @routes.get("/options", summary="How one may sign in here", operation_id="session_options")
    async def options() -> OptionsView:
        return OptionsView(password=True, setup=not await sign_in.is_owned(), oidc=oidc)

    @routes.post("", summary="Sign in by name and password", operation_id="sign_in")
    async def signs_in(request: Request, answer: Response, body: Credentials) -> SessionView:
        signed = await sign_in.by_password(body.name, body.password, _address(request))
        return _settled(request, answer, signed)

    @routes.post("/link/check", summary="What a one-time link is for; it is not used", operation_id="check_link")
    async def link_check(request: Request, body: LinkCode) -> OpenLinkView:
        return OpenLinkView.of(await sign_in.open_link(body.link.get_secret_value(), _address(request)))

    @routes.post("/link", summary="Choose a password by a one-time link, and sign in", operation_id="use_link")
    async def link(request: Request, answer: Response, body: LinkUse) -> SessionView:
        code = body.link.get_secret_value()
        signed = await sign_in.by_link(code, body.name, body.password, _address(request))
        return _settled(request, answer, signed)

    @routes.get("", summary="Who has signed in", operation_id="show_session")
    async def show(request: Request) -> SessionView:
        return SessionView.of(_signed(request))

    @routes.delete("", status_code=204, summary="Sign out", operation_id="sign_out")
    async def signs_out(request: Request) -> Response:
        signed = _signed(request)
        await sign_in.ended(signed)
        admission.ended(signed.secret)
        return leave(request, Response(status_code=204))

    @routes.put(
        "/password", summary="Choose another password; all other sessions of the account end",
        operation_id="change_password",
    )  # fmt: skip
    async def password(request: Request, answer: Response, body: PasswordChange) -> SessionView:
        before = _signed(request)
        signed = await sign_in.change_password(before, body.old, body.new, _address(request))
        admission.ended(before.secret)
        return _settled(request, answer, signed)

    return routes


def _signed(request: Request) -> Signed:
    signed = caller(request).signed
    if signed is None:
        raise HTTPException(HTTPStatus.UNAUTHORIZED, "this is for who has signed in; a token needs no session")
    return signed


def _settled(request: Request, answer: Response, signed: Signed) -> SessionView:
    settle(request, answer, signed)
    return SessionView.of(signed)


def _address(request: Request) -> str:
    return request.client.host if request.client is not None else ""
