"""From a player's beacon to what the command line tells of it, here and through a server."""

import csv
import io

import httpx
import pytest

from tests.analytics.players import beat, body

from .program import Machine

pytestmark = pytest.mark.slow

TOKEN = "a" * 32


def test_what_players_tell_is_told(stocked: Machine) -> None:
    assert stocked.run("channel", "create", "main").returncode == 0
    film = stocked.json("assets")[0]
    sent = (beat(asset=film["id"], sync_ms=-30), {"type": "start", "startup_ms": 600})
    with stocked.running("serve"):
        for number, viewer in enumerate(("alice", "bob", "bob")):
            answer = httpx.post(f"{stocked.origin}/beacon", content=body(viewer, *sent, session=number))
            assert answer.status_code == 204
    # The server has told all of it when it has ended.
    series = stocked.json("analytics", "main", "--step", "10")
    assert (series["facts"]["starts"], series["facts"]["assets"][0]["title"]) == (3, film["title"])
    span = ("--from", series["since"], "--to", series["until"])
    rows = list(csv.DictReader(io.StringIO(stocked.run("analytics", "main", *span, "--csv").stdout)))
    assert sum(int(row["starts"]) for row in rows) == 3  # perhaps in two of the ten seconds
    assert len(stocked.run("analytics", "main", *span).stdout.splitlines()) == len(rows) + 1
    assert "main at 20" in stocked.run("analytics", "main").stdout
    with stocked.running("serve", STREAMSYNC_TOKEN=TOKEN):
        names = {"STREAMSYNC_SERVER": stocked.origin, "STREAMSYNC_TOKEN": TOKEN}
        there = stocked.run("analytics", "main", *span, "--csv", **names)
        assert (there.returncode, there.stderr) == (0, "")
        assert list(csv.DictReader(io.StringIO(there.stdout))) == rows


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("none",), 4, "no channel 'none'"),
        (("main", "--step", "15"), 2, "step 15"),
        (("main", "--from", "yesterday"), 2, "instant 'yesterday'"),
        (("main", "--csv", "--json"), 2, "--csv and --json"),
        (("a/b",), 2, "channel 'a/b'"),
    ],
)
def test_what_cannot_be_told_says_why(stocked: Machine, words: tuple[str, ...], code: int, message: str) -> None:
    done = stocked.run("analytics", *words)
    assert (done.returncode, message in done.stderr) == (code, True), done.stderr
