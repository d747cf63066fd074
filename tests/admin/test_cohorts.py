"""Cohorts through both doors, and that servers put viewers on the lineups that they say."""

import json
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner, Result

from manifest_server.onair.channels import Channels
from manifest_server.programming.pool import derived_id
from storage.catalogue import Catalogue
from storage.profile_records import ProfileRecord
from streamsync.cli import app
from tests.admin.api_stories import CHANNELS, A, B, Tell, teller
from tests.stage import EPOCH_MS

COHORTS = f"{CHANNELS}/main/cohorts"
ASKED = {
    "rules": [{"lineup": "children", "likes": {}, "most_rating": 6}],
    "tastes": [{"lineup": "drama", "likes": {"drama": 1.0}}, {"lineup": "news", "likes": {"news": 1.0}}],
    "otherwise": None,
}


@pytest.fixture
def tell(redis_url: str, tmp_path: Path) -> Tell:
    """Tell stories of the channel main with the lineups children, drama and news, and of two viewers."""

    async def ready(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        assert (await client.post(CHANNELS, json={"name": "main"})).status_code == 201
        assert (await client.post(f"{CHANNELS}/main/start", json={"at": EPOCH_MS // 1000})).status_code == 200
        for name in ("children", "drama", "news"):
            body = {"id": name, "clips": [A, B]}
            assert (await client.post(f"{CHANNELS}/main/lineups", json=body)).status_code == 201
        profiles = {"kim": ProfileRecord(most_rating=6), "dee": ProfileRecord(likes={"drama": 0.9, "news": 0.2})}
        await catalogue.profiles.put_all("main", profiles)

    tell = teller(redis_url, tmp_path)
    tell(ready)
    return tell


async def lineups(catalogue: Catalogue, *viewers: str) -> list[str]:
    """What a server that has just started puts them on."""
    channels = Channels(catalogue)
    channel = await channels.channel("main")
    return [await channels.lineup_id(channel, viewer) for viewer in viewers]


def test_viewers_are_put_on_the_lineups_of_their_cohorts(tell: Tell) -> None:
    own = [derived_id("main", viewer) for viewer in ("kim", "dee", "stranger")]

    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        assert await lineups(catalogue, "kim", "dee", "stranger") == own
        answer = await client.put(COHORTS, json=ASKED)
        assert (answer.status_code, answer.json()["cohorts"]) == (200, ASKED)
        assert await lineups(catalogue, "kim", "dee", "stranger") == ["children", "drama", own[2]]
        assert (await client.get(f"{COHORTS}/dee")).json() == {"viewer": "dee", "lineup": "drama", "cohort": True}
        await client.put(f"{CHANNELS}/main/viewers/dee", json={"lineup": "news"})  # what is given counts first
        assert await lineups(catalogue, "dee") == ["news"]
        assert (await client.get(f"{COHORTS}/dee")).json() == {"viewer": "dee", "lineup": "news", "cohort": False}
        assert (await client.delete(COHORTS)).json()["cohorts"] is None
        assert await lineups(catalogue, "kim", "dee", "stranger") == [own[0], "news", own[2]]

    tell(story)


def test_a_lineup_that_was_removed_is_nobodys(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await client.put(COHORTS, json=ASKED)
        assert (await client.delete(f"{CHANNELS}/main/lineups/drama")).is_success
        assert await lineups(catalogue, "dee") == [derived_id("main", "dee")]
        assert (await client.get(f"{COHORTS}/dee")).json()["lineup"] == derived_id("main", "dee")

    tell(story)


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({}, 400, "cohorts have rules, tastes, or a lineup for all others"),
        ({"otherwise": "nowhere"}, 404, "no lineup 'nowhere' of channel 'main'"),
        ({"otherwise": "a/b"}, 400, "otherwise"),
        ({"rules": [{"lineup": "drama", "likes": {"x": 2}}]}, 400, "rules.0.likes.x"),
        ({"rules": [{"lineup": "drama", "colour": 2}]}, 400, "rules.0.colour"),
    ],
)
def test_cohorts_that_cannot_be_are_told(tell: Tell, body: object, status: int, says: str) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        answer = await client.put(COHORTS, json=body)
        assert (answer.status_code, says in answer.json()["error"]) == (status, True), answer.json()
        assert (await catalogue.channel("main")).cohorts is None
        stale = await client.put(COHORTS, json=ASKED, headers={"If-Match": '"99"'})
        assert stale.status_code == 409

    tell(story)


def test_the_command_line_does_the_same(
    redis_url: str, tell: Tell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STREAMSYNC_REDIS_URL", redis_url)
    monkeypatch.setenv("STREAMSYNC_DATA", str(tmp_path))

    def run(*words: str, sent: bytes = b"") -> Result:
        return CliRunner().invoke(app, ["cohort", *words], input=sent)

    assert json.loads(run("set", "--json", sent=json.dumps(ASKED).encode()).stdout)["cohorts"] == ASKED
    assert "are nearest to: drama 1" in run("show").stdout
    assert run("of", "kim").stdout == "kim: children (cohort)\n"
    assert "cohorts: Invalid JSON" in str(run("set", sent=b"{").exception)
    assert "no cohorts" in run("clear").stderr
