"""Rules through both doors: the API, and the command line on its own storage."""

import json
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner, Result

from storage.catalogue import Catalogue
from streamsync.cli import app
from streamsync.exits import exit_code
from tests.admin.api_stories import CHANNELS, FILMS, A, B, Tell, teller
from tests.storage.catalogues import told

MAIN = f"{CHANNELS}/main"
SAID = {"channel": "main", "pool": 5, "clips": 4}


@pytest.fixture
def tell(redis_url: str, tmp_path: Path) -> Tell:
    """Tell a story of the channel main, whose pool is all five films; the first two are ads."""

    async def ready(client: httpx.AsyncClient, _: Catalogue) -> None:
        assert (await client.post(CHANNELS, json={"name": "main"})).status_code == 201
        for film in (A, B):
            await client.patch(f"/api/v1/assets/{film}", json={"tags": ["Ads"]})

    tell = teller(redis_url, tmp_path)
    tell(ready)
    return tell


def test_rules_are_tried_set_and_shown(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        asked = {"limits": {"ADS": 1}, "repeat_clips": 9}
        tried = (await client.post(f"{MAIN}/rules/try", json=asked)).json()
        assert {name: tried[name] for name in SAID} == SAID
        assert tried["met"] == ["limit.ads=1: 1 of 2 in a cycle"]
        assert tried["relaxed"] == ["repeat=9 is 3: a cycle has 4 clips"]
        assert (await catalogue.channel("main")).version == 1
        done = await client.put(f"{MAIN}/rules", json=asked, headers={"If-Match": '"1"'})
        assert (done.status_code, done.headers["ETag"]) == (200, '"2"')
        assert done.json() == {**tried, "version": 2}
        assert (await client.get(f"{MAIN}/rules")).json() == done.json()
        stale = await client.put(f"{MAIN}/rules", json={}, headers={"If-Match": '"1"'})
        assert stale.status_code == 409
        assert stale.json()["now"]["version"] == 2

    tell(story)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"order": "random"}, "order: Input should be 'fixed', 'shuffled' or 'weighted'"),
        ({"order": "fixed", "repeat_clips": 3}, "a fixed order is that of the pool"),
        ({"limits": {"ads": 0}}, "limits.ads: Input should be greater than or equal to 1"),
        ({"spacing": {"News": 1, "news": 2}}, "tag 'news' is there twice: with 1 and with 2"),
        ({"repeat_s": 700_000}, "repeat_s: Input should be less than or equal to 604800"),
        ({"spacing": {"\u0000": 1}}, "it is 1 to 64 printable characters"),
        ({"colour": 1}, "colour: Extra inputs are not permitted"),
    ],
)
def test_rules_that_cannot_be_are_refused_by_name(tell: Tell, asked: object, told: str) -> None:
    async def story(client: httpx.AsyncClient, _: Catalogue) -> None:
        answer = await client.put(f"{MAIN}/rules", json=asked)
        assert answer.status_code == 400
        assert told in answer.json()["error"]

    tell(story)


@pytest.fixture
def run(redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Run":
    async def ready(catalogue: Catalogue) -> None:
        for film in FILMS:
            await catalogue.index_asset(film)

    told(redis_url, ready)
    for name, value in {"REDIS_URL": redis_url, "DATA": str(tmp_path)}.items():
        monkeypatch.setenv(f"STREAMSYNC_{name}", value)
    for name in ("SERVER", "TOKEN"):
        monkeypatch.delenv(f"STREAMSYNC_{name}", raising=False)
    return Run()


class Run:
    """The command line."""

    def __call__(self, *words: str) -> Result:
        return CliRunner().invoke(app, words)

    def json(self, *words: str) -> dict[str, object]:
        done = self(*words, "--json")
        assert done.exit_code == 0, done.output
        found: dict[str, object] = json.loads(done.stdout)
        return found


def test_the_command_line_sets_them_and_says_what_is_kept(run: Run) -> None:
    assert run("channel", "create", "main").exit_code == 0
    said = ("repeat=2", "repeat=2m", "spacing.News=3", "limit.ads=4")
    tried = run.json("channel", "rules", "main", *said, "--dry-run")
    assert tried["rules"] == {
        "order": "shuffled", "limits": {"ads": 4}, "spacing": {"news": 3}, "repeat_s": 120, "repeat_clips": 2,
        "day_parts": [], "utc_offset_min": 0, "time_zone": None,
    }  # fmt: skip
    assert tried["version"] == 1
    assert run.json("channel", "rules", "main", *said)["version"] == 2
    shown = run("channel", "rules", "main")
    assert "5 clips of a pool of 5" in shown.stdout
    assert "repeat=120s is 48s: all others of a cycle last no longer" in shown.stdout
    assert run.json("channel", "rules", "main", "order=shuffled")["relaxed"] == []


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("repeat=often", "'repeat=often': a repeat is a number of clips, or of s, m, h or d"),
        (
            "spacing=3",
            "'spacing=3': it is order=, repeat=, spacing.TAG=, limit.TAG=, day.HH:MM=, zone= or offset=, and a value",
        ),
        ("limits.ads=3", "'limits.ads=3': it is order="),
        ("order", "'order': it is order="),
        ("spacing.news=many", "spacing.news: Input should be a valid integer"),
        ("repeat=0", "repeat_clips: Input should be greater than or equal to 1"),
    ],
)
def test_what_is_mistyped_is_told_by_name(run: Run, said: str, told: str) -> None:
    failed = run("channel", "rules", "main", said)
    assert failed.exception is not None
    assert told in str(failed.exception)
    assert exit_code(failed.exception) == 2  # type: ignore[arg-type]


def test_nothing_may_be_said_twice(run: Run) -> None:
    failed = run("channel", "rules", "main", "repeat=2", "repeat=3")
    assert "'repeat=3': that was said already" in str(failed.exception)
