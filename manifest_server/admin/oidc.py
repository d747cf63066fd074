"""Sign-in by an OpenID Connect provider: authorization code with PKCE (OpenID Connect Core 3.1, RFC 7636).

The provider is found by discovery. What it says of somebody counts only in an id token that it signed, for this
client, in answer to this sign-in.
"""

import asyncio
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

import httpx
from authlib.common.urls import add_params_to_qs, add_params_to_uri
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import get_well_known_url
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from manifest_server.admin.identity import Identity, Refused
from manifest_server.admin.oidc_roles import Roles
from storage.errors import BadInput, Unavailable
from storage.settings import Settings

TIMEOUT = httpx.Timeout(5, connect=3)
ANSWER_LIMIT = 1 << 20  # bytes
KNOWN_S, FAILED_S = 600.0, 5.0  # for so long a provider is not looked up again
LEEWAY_S = 60  # that its clock may be off
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA"]
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in under way: what has to come back, and what is asked with it. Its secrets are for one cookie."""

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class _Provider:
    authorization: str
    token: str
    keys: str
    auth_method: str


class Oidc:
    """One provider. Raises Unavailable when it does not answer."""

    def __init__(self, url: str, client: str, secret: str | None, roles: Roles) -> None:
        self._url, self._client, self._secret, self._roles = url, client, secret, roles
        self._lock = asyncio.Lock()
        self._known: tuple[float, _Provider | str] = (float("-inf"), "")

    @classmethod
    def of(cls, settings: Settings) -> "Oidc":
        """The provider of these settings. Raises BadInput."""
        url = settings.oidc_url or ""
        parts = urlsplit(url)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
            raise BadInput("STREAMSYNC_OIDC_URL: it is https:// and what the provider calls its issuer")
        if settings.oidc_client is None:
            raise BadInput("STREAMSYNC_OIDC_CLIENT is not set: the provider knows this server by it")
        secret = None if settings.oidc_secret is None else settings.oidc_secret.get_secret_value()
        return cls(url, settings.oidc_client, secret, Roles.of(settings.oidc_roles))

    def begin(self) -> Begun:
        """A new sign-in."""
        return Begun(*(secrets.token_urlsafe(size) for size in (32, 32, 48)))

    async def address(self, begun: Begun, redirect: str) -> str:
        """Where a browser is sent to."""
        provider = await self._provider()
        asked = {
            "response_type": "code", "client_id": self._client, "redirect_uri": redirect,
            "scope": "openid profile email", "state": begun.state, "nonce": begun.nonce,
            "code_challenge": create_s256_code_challenge(begun.verifier), "code_challenge_method": "S256",
        }  # fmt: skip
        return str(add_params_to_uri(provider.authorization, list(asked.items())))

    async def identity(self, code: str, begun: Begun, redirect: str, now_s: int) -> Identity:
        """Who it is that came back with a code. Raises Refused."""
        provider = await self._provider()
        async with httpx.AsyncClient(timeout=TIMEOUT) as http:
            told = await self._exchanged(http, provider, code, begun.verifier, redirect)
            keys = await _asked(http, "GET", provider.keys)
        claims = self._claims(told, keys, begun.nonce, now_s)
        subject = sha256(f"{self._url}\n{claims['sub']}".encode()).hexdigest()
        wished = (claims.get(name) for name in ("preferred_username", "email", "sub"))
        names = tuple(name for name in wished if isinstance(name, str))
        return Identity(subject, names, self._roles.role(claims))

    async def _exchanged(
        self, http: httpx.AsyncClient, provider: _Provider, code: str, verifier: str, redirect: str
    ) -> dict[str, Any]:
        asked = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": redirect, "code_verifier": verifier,
        }  # fmt: skip
        auth = ClientAuth(self._client, self._secret, provider.auth_method if self._secret else "none")
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        url, headers, body = auth.prepare("POST", provider.token, headers, add_params_to_qs("", list(asked.items())))
        return await _asked(http, "POST", url, headers=headers, content=body)

    def _claims(self, told: Mapping[str, Any], keys: Mapping[str, Any], nonce: str, now_s: int) -> CodeIDToken:
        """What a checked id token says. Raises Refused."""
        try:
            token = jwt.decode(str(told.get("id_token", "")), KeySet.import_key_set(keys), ALGORITHMS)  # type: ignore[arg-type]
            claims = CodeIDToken(
                token.claims,
                token.header,
                options={
                    "iss": {"essential": True, "value": self._url},
                    "aud": {"essential": True, "value": self._client},
                },
                params={"nonce": nonce, "client_id": self._client, "access_token": told.get("access_token")},
            )
            claims.validate(now_s, LEEWAY_S)
        except (JoseError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise Refused("refused", f"the id token does not count ({type(error).__name__})") from None
        if not isinstance(claims["sub"], str) or not 0 < len(claims["sub"]) <= 255:
            raise Refused("refused", "the id token does not say who it is")
        return claims

    async def _provider(self) -> _Provider:
        """The provider's endpoints, looked up by one at a time."""
        async with self._lock:
            until, known = self._known
            if time.monotonic() >= until:
                known = await self._discovered()
                self._known = (time.monotonic() + (FAILED_S if isinstance(known, str) else KNOWN_S), known)
        if isinstance(known, str):
            raise Unavailable(known)
        return known

    async def _discovered(self) -> _Provider | str:
        """The provider's endpoints, or why there are none."""
        try:
            async with httpx.AsyncClient(timeout=TIMEOUT) as http:
                told = await _asked(http, "GET", get_well_known_url(self._url, external=True))
        except (Unavailable, Refused) as error:
            return str(error)
        if told.get("issuer") != self._url:
            return "the OpenID provider calls its issuer otherwise than STREAMSYNC_OIDC_URL"
        authorization, token, keys = map(told.get, ("authorization_endpoint", "token_endpoint", "jwks_uri"))
        places, schemes = (authorization, token, keys), {urlsplit(self._url).scheme, "https"}
        if not all(isinstance(one, str) and urlsplit(one).scheme in schemes for one in places):
            return "the OpenID provider's description lacks an endpoint"
        methods = told.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        method = "client_secret_basic" if "client_secret_basic" in methods else "client_secret_post"
        return _Provider(str(authorization), str(token), str(keys), method)


async def _asked(http: httpx.AsyncClient, method: str, url: str, **more: Any) -> dict[str, Any]:
    """The JSON object that is answered. Raises Unavailable, and Refused when the provider refuses."""
    body = b""
    try:
        async with asyncio.timeout(10), http.stream(method, url, **more) as answer:
            async for some in answer.aiter_bytes():
                body += some
                if len(body) > ANSWER_LIMIT:
                    raise Unavailable("the OpenID provider's answer is too long")
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
        raise Unavailable(f"the OpenID provider does not answer ({type(error).__name__})") from None
    if answer.status_code >= 500:
        raise Unavailable(f"the OpenID provider answers {answer.status_code}")
    if not answer.is_success:
        raise Refused("refused", f"the provider answers {answer.status_code}")
    try:
        found = json.loads(body)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Unavailable("the OpenID provider answers what is no JSON object")
    return found
