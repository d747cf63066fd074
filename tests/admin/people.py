"""People who sign in to a manifest server, from one address or another."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from pydantic import SecretStr

from manifest_server.admin.accounts import create_account
from manifest_server.admin.passwords import Passwords
from storage.account_records import AccountRecord
from storage.catalogue import Catalogue
from tests.stage import EPOCH_MS, Clock, asset, visited

SESSION = "/api/v1/session"
ACCOUNTS = "/api/v1/accounts"
TRAIL = "/api/v1/audit"
PASSWORD = "correct horse battery"  # noqa: S105
OTHER = "staple wrong pony 1"
COOKIE = "streamsync_session"
OWNER = {"Authorization": "Bearer the-owner-s-token"}

Story = Callable[[httpx.AsyncClient, Catalogue], Awaitable[None]]
Tell = Callable[[Story], None]


def teller(redis_url: str, folder: Path, clock: Clock, more: Mapping[str, object] | None = None) -> Tell:
    """Tells stories of one server; `more`: other settings."""
    token = "the-owner-s-token"  # noqa: S105
    return lambda story: visited(redis_url, story, data=folder, clock=clock, token=token, more=more)


async def joined(catalogue: Catalogue, name: str = "ann", role: str = "owner") -> AccountRecord:
    """An account with the password PASSWORD; and there is a film, to make channels of."""
    await catalogue.index_asset(asset(1))
    made = await create_account(catalogue, name, role, lambda: EPOCH_MS, SecretStr(PASSWORD), Passwords())
    return made.record


async def sign_in(client: httpx.AsyncClient, name: str = "ann", password: str = PASSWORD) -> httpx.Response:
    return await client.post(SESSION, json={"name": name, "password": password})


async def signed_in(client: httpx.AsyncClient, name: str = "ann", password: str = PASSWORD) -> dict[str, str]:
    """The header that changes need, of a client that has signed in."""
    answer = await sign_in(client, name, password)
    assert answer.status_code == 200, answer.text
    return {"X-CSRF-Token": answer.json()["csrf"]}


@asynccontextmanager
async def at(client: httpx.AsyncClient, address: str = "127.0.0.1") -> AsyncIterator[httpx.AsyncClient]:
    """Another browser, at another address, on the same server."""
    transport = client._transport
    assert isinstance(transport, httpx.ASGITransport)
    other = httpx.ASGITransport(transport.app, raise_app_exceptions=False, client=(address, 1))
    async with httpx.AsyncClient(transport=other, base_url="http://test") as found:
        yield found


async def trail(client: httpx.AsyncClient) -> list[tuple[str, str, str]]:
    """Who did what to what, as the trail says, the first first."""
    answer = await client.get(TRAIL, headers=OWNER)
    assert answer.status_code == 200, answer.text
    return [(one["who"], one["name"], one["text"]) for one in reversed(answer.json()["entries"])]
