"""The API's doors for browsers that sign in by an OpenID provider: there, and back."""

import hmac
import secrets
from collections.abc import Callable
from functools import partial
from http import HTTPStatus

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from manifest_server.admin.admission import Signed
from manifest_server.admin.cookies import settle
from manifest_server.admin.identity import Refused
from manifest_server.admin.jar import drop, held, hold
from manifest_server.admin.oidc import Begun, Oidc
from manifest_server.admin.refusals import THROTTLED
from manifest_server.admin.routing import Router
from manifest_server.admin.sign_in import SignIn
from storage.catalogue import Catalogue
from storage.errors import StreamSyncError, Unavailable

COOKIE = "streamsync_oidc"
PATH = "/api/v1/session/oidc"
LASTS_S = 600
_SIGNED = "HS256"


def router(catalogue: Catalogue, sign_in: SignIn, oidc: Oidc, check: Callable[[], None]) -> Router:
    """The routes under /session/oidc. What goes wrong is told to the page at /admin, as `?oidc=CODE`."""

    routes = Router(
        prefix="/session/oidc", tags=["session"], responses=THROTTLED,
        default_response_class=RedirectResponse,
    )  # fmt: skip

    @routes.get("", status_code=303, summary="Begin to sign in by the OpenID provider", operation_id="begin_oidc")
    async def begin(request: Request) -> Response:
        begun = oidc.begin()
        said = {"s": begun.state, "n": begun.nonce, "v": begun.verifier, "exp": sign_in.now_s() + LASTS_S}
        try:
            check()
            answer, signed = _sent(await oidc.address(begun, _redirect(request))), await _key(catalogue)
        except (Unavailable, Refused):
            return _sent("/admin?oidc=away")
        # Lax, as the browser comes back from the provider's site.
        hold(request, answer, COOKIE, jwt.encode({"alg": _SIGNED}, said, signed), lasts_s=LASTS_S, samesite="lax")
        return answer

    @routes.get(
        "/callback", status_code=303, summary="Come back from the OpenID provider", operation_id="finish_oidc"
    )
    async def finish(request: Request) -> Response:
        try:
            check()
            answer = settle(request, _sent("/admin"), await _signed_in(request, catalogue, sign_in, oidc))
        except Refused as error:
            answer = _sent(f"/admin?oidc={error.code}")
        except StreamSyncError:
            answer = _sent("/admin?oidc=away")
        drop(request, answer, COOKIE)
        return answer

    return routes


async def _key(catalogue: Catalogue) -> OctKey:
    secret = await catalogue.sessions.secret(secrets.token_hex(32))
    return OctKey.import_key(hmac.digest(secret.encode(), b"oidc", "sha256"))


async def _signed_in(request: Request, catalogue: Catalogue, sign_in: SignIn, oidc: Oidc) -> Signed:
    """Who comes back. Raises Refused, which the audit trail has by then."""
    try:
        begun = _begun(request, await _key(catalogue), sign_in.now_s())
        if not await catalogue.sessions.take(f"oidc {begun.state}", secrets.token_hex(8), LASTS_S * 1000):
            raise Refused("expired", "the answer of the provider was used before")
        code = request.query_params.get("code", "")
        if "error" in request.query_params or not code:
            raise Refused("refused", "the provider refused")
        address = request.client.host if request.client is not None else ""
        ask = partial(oidc.identity, code, begun, _redirect(request), sign_in.now_s())
        return await sign_in.returned(address, ask)
    except Refused as error:
        await sign_in.refused(None, f"by the OpenID provider: {error}")
        raise


def _begun(request: Request, key: OctKey, now_s: int) -> Begun:
    """The sign-in that this browser began. Raises Refused."""
    try:
        said = jwt.decode(held(request, COOKIE) or "", key, [_SIGNED]).claims
        begun, ends_s = Begun(str(said["s"]), str(said["n"]), str(said["v"])), int(said["exp"])
    except (JoseError, ValueError, KeyError, TypeError):
        raise Refused("expired", "this browser began no sign-in, or too long ago") from None
    given = request.query_params.get("state", "")
    if now_s >= ends_s or not hmac.compare_digest(given.encode(), begun.state.encode()):
        raise Refused("expired", "this is no answer to the sign-in that this browser began")
    return begun


def _redirect(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}{PATH}/callback"


def _sent(url: str) -> Response:
    return RedirectResponse(url, HTTPStatus.SEE_OTHER)
