"""What is made once is made before the first request, which would hold all others up."""

from typing import Any

import httpx
import pytest
from pydantic import TypeAdapter

from storage.catalogue import Catalogue
from tests.stage import visited

OWNER = {"Authorization": "Bearer owner"}


def test_the_first_requests_find_every_validator_made(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[object] = []
    begin: Any = TypeAdapter.__init__

    def counted(one: object, kind: object, **more: object) -> None:
        made.append(kind)
        begin(one, kind, **more)

    async def story(client: httpx.AsyncClient, _: Catalogue) -> None:
        monkeypatch.setattr(TypeAdapter, "__init__", counted)
        asked = ("/channels", "/session/options", "/watch", "/webhooks", "/no/such/door")
        answers = [(await client.get(f"/api/v1{path}", headers=OWNER)).status_code for path in asked]
        assert answers == [200, 200, 200, 200, 404]
        assert made == []

    visited(redis_url, story, token="owner")  # noqa: S106
