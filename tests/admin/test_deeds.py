"""Whose deed a change is: from the door or the command on, and no further."""

from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from storage import audit
from storage.catalogue import Catalogue
from storage.records import ViewerRecord
from streamsync.cli import app
from tests.admin.api_stories import CHANNELS, Tell, teller


@pytest.fixture
def tell(redis_url: str, tmp_path: Path) -> Tell:
    return teller(redis_url, tmp_path)


@pytest.mark.parametrize("words", [["audit", "--help"], ["audit", "a/b"], ["--why", "x", "nothing"], []])
def test_a_command_leaves_no_deed_behind(words: list[str], tmp_path: Path) -> None:
    CliRunner().invoke(app, words, env={"STREAMSYNC_DATA": str(tmp_path)})
    assert audit._deed.get() is None


def test_a_request_leaves_no_deed_behind(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        # This client has requests answered in the task that asks.
        await client.post(CHANNELS, json={"name": "main"})
        await client.put(f"{CHANNELS}/main/viewers/alice", json={"lineup": "none"})
        await client.post(f"{CHANNELS}/main/import", content=b"viewer,lineup\nalice,\n")
        assert audit._deed.get() is None
        await catalogue.put_viewer("main", ViewerRecord(name="bob", lineup="kids"))
        entries, _ = await catalogue.audit.page("main", None, 10)
        assert [(one.who, one.verb) for one in entries] == [("unknown", ""), ("owner", "create_channel")]

    tell(story)
