"""The API's gate: the token, bounds on bodies, and how errors are told."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest
from pydantic import BaseModel, SecretStr

from manifest_server.admin.admission import Admission
from manifest_server.admin.api import BODY_LIMIT, api
from manifest_server.admin.routing import Router
from manifest_server.viewer.app import application
from storage.errors import Conflict
from storage.settings import Settings

TOKEN = SecretStr("S3CR3T-token")
OWNER = Admission(TOKEN)
BEARER = {"Authorization": "Bearer S3CR3T-token"}


class Body(BaseModel):
    count: int


def doors() -> Router:
    router = Router()

    @router.post("/things")
    def add(body: Body) -> Body:
        return body

    @router.get("/busy")
    def busy() -> None:
        raise Conflict("thing 'x' is busy")

    @router.get("/broken")
    def broken() -> None:
        raise RuntimeError("S3CR3T in a traceback")

    return router


def told(ask: Callable[[httpx.AsyncClient], Awaitable[httpx.Response]], app: object = None) -> httpx.Response:
    """The answer to one request."""

    async def whole() -> httpx.Response:
        transport = httpx.ASGITransport(app or api(OWNER, [doors()]), raise_app_exceptions=False)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await ask(client)

    return asyncio.run(whole())


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer S3CR3T-toke"},
        {"Authorization": "Bearer S3CR3T-token2"},
        {"Authorization": "Basic S3CR3T-token"},
        {"Authorization": "S3CR3T-token"},
        {"Authorization": b"Bearer \xff\xfe"},
    ],
)
@pytest.mark.parametrize("path", ["/things", "/nowhere", "/uploads/x", "/"])
def test_without_the_token_nothing_is_told(headers: dict[str, str], path: str) -> None:
    answer = told(lambda client: client.post(path, headers=headers, content=b"{no json"))
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="StreamSync"'
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json() == {"error": "this needs the header Authorization: Bearer TOKEN"}


def test_with_the_token_the_doors_open() -> None:
    answer = told(lambda client: client.post("/things", headers=BEARER, json={"count": 1}))
    assert (answer.status_code, answer.json()) == (200, {"count": 1})
    assert answer.headers["cache-control"] == "no-store"
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b'{"count": "S3CR3T"}', "count: Input should be a valid integer"),
        (b"{}", "count: Field required"),
        (b'{"count": S3CR3T', "body: JSON decode error"),
        (b"", "body: Field required"),
    ],
)
def test_what_is_wrong_with_a_body_is_told_without_its_values(content: bytes, error: str) -> None:
    json = {"Content-Type": "application/json"}
    answer = told(lambda client: client.post("/things", headers={**BEARER, **json}, content=content))
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(error)
    assert "S3CR3T" not in answer.text


def test_errors_are_those_of_the_one_table() -> None:
    busy = told(lambda client: client.get("/busy", headers=BEARER))
    assert (busy.status_code, busy.json()) == (409, {"error": "thing 'x' is busy"})
    nowhere = told(lambda client: client.get("/nowhere", headers=BEARER))
    assert (nowhere.status_code, nowhere.json()) == (404, {"error": "nothing is at '/nowhere'"})
    broken = told(lambda client: client.get("/broken", headers=BEARER))
    assert (broken.status_code, broken.json()) == (500, {"error": "internal error"})


def test_a_body_has_a_limit_whether_its_length_was_told_or_not() -> None:
    async def endless() -> object:
        for _ in range(100):
            yield b"x" * 10_000

    for content in (b"x" * (BODY_LIMIT + 1), endless()):
        answer = told(lambda client, body=content: client.post("/things", headers=BEARER, content=body))  # type: ignore[misc]
        assert answer.status_code == 413
        assert answer.json() == {"error": "the body is over 262144 bytes long"}


@pytest.mark.parametrize("path", ["/session", "/watch/main"])
def test_who_is_not_known_is_not_waited_for(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("manifest_server.admin.api.OPEN_S", 0.05)
    router = Router()

    @router.post(path)
    def taken(body: Body) -> Body:
        return body

    async def broken_off() -> object:
        yield b'{"count": '
        await asyncio.Event().wait()

    answer = told(lambda client: client.post(path, content=broken_off()), api(OWNER, [router]))  # type: ignore[arg-type]
    assert (answer.status_code, answer.headers["connection"]) == (408, "close")
    assert answer.json() == {"error": "the body did not come within 0.05 s"}
    whole = told(lambda client: client.post(path, json={"count": 1}), api(OWNER, [router]))
    assert whole.json() == {"count": 1}


def test_the_description_is_open_and_names_the_token() -> None:
    answer = told(lambda client: client.get("/openapi.json"))
    assert answer.status_code == 200
    described = answer.json()
    assert described["paths"]["/things"]["post"]["security"] == [{"HTTPBearer": []}]
    assert "S3CR3T" not in answer.text


@pytest.mark.slow
def test_without_a_token_set_the_api_waits_for_machine_tokens(tmp_path: Path) -> None:
    app = application(Settings(data=tmp_path), "redis://127.0.0.1:1")
    for path in ("/api/v1/uploads", "/api/v1/nowhere", "/api/v1/"):
        answer = told(lambda client, path=path: client.get(path, headers=BEARER), app)  # type: ignore[misc]
        assert answer.status_code == 401
    described = told(lambda client: client.get("/api/v1/openapi.json"), app).json()
    assert "/tokens/{token}" in described["paths"]


def test_without_redis_a_machine_token_is_not_let_in(tmp_path: Path) -> None:
    app = application(Settings(data=tmp_path), "redis://127.0.0.1:1")
    headers = {"Authorization": f"Bearer sst_{'0' * 16}_{'0' * 64}"}
    answer = told(lambda client: client.get("/api/v1/assets", headers=headers), app)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert "sst_" not in answer.text


def test_with_a_token_set_the_manifest_server_has_the_api(tmp_path: Path) -> None:
    app = application(Settings(data=tmp_path, token=TOKEN), "redis://127.0.0.1:1")
    listed = told(lambda client: client.get("/api/v1/uploads", headers=BEARER), app)
    assert (listed.status_code, listed.json()) == (200, {"uploads": [], "next": None})
    described = told(lambda client: client.get("/api/v1/openapi.json"), app).json()
    assert "/uploads/{upload}/complete" in described["paths"]
    assert described["servers"] == [{"url": "/api/v1"}]
    preflight = told(lambda client: client.options("/api/v1/uploads"), app)
    assert preflight.status_code == 401
    assert "access-control-allow-origin" not in preflight.headers
    part = told(lambda client: client.options("/api/v1/uploads/x/parts/1"), app)
    assert (part.status_code, part.headers["access-control-allow-methods"]) == (204, "PUT, OPTIONS")


def test_a_token_of_nothing_opens_nothing() -> None:
    """STREAMSYNC_TOKEN= is no token: settings ignore what is empty."""
    answer = told(lambda client: client.post("/things", headers={"Authorization": "Bearer "}))
    assert answer.status_code == 401
