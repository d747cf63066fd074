"""Retiring, deleting, collecting, losing Redis and coming back: by the commands, as an operator would."""

import json
import os
import time
from pathlib import Path

import pytest
from redis import Redis

from .conftest import Films
from .program import Machine
from .watching import ask, fetch, media, media_urls

pytestmark = pytest.mark.slow

HEARD_S = 5.0  # a server follows changes, and looks by itself every second


def ids(machine: Machine) -> dict[str, str]:
    return {record["title"]: record["id"] for record in machine.json("assets")}


def test_an_asset_is_retired_and_deleted_and_made_again(stocked: Machine, films: Films) -> None:
    known = ids(stocked)
    one, two = known["one"], known["two"]
    stocked.json("channel", "create", "main", "-a", one, "-a", two)

    refused = stocked.run("asset", "delete", one)
    assert refused.returncode == 5
    assert "channel 'main': it is in the pool: streamsync asset retire takes it out" in refused.stderr
    assert "nothing was deleted" in refused.stderr

    retired = stocked.json("asset", "retire", one)
    assert (retired["channels"], retired["kept"], retired["lineups"]) == (["main"], [], [])
    assert stocked.run("channel", "create", "other", "-a", one).returncode == 5
    assert stocked.json("channel", "create", "rest")["revisions"][0]["assets"] == [two]

    would = stocked.run("asset", "delete", "--dry-run", one)
    assert (would.returncode, f"would delete {one}: " in would.stderr) == (0, True)
    assert (stocked.data / "objects" / "assets" / one / "ts").exists()
    deleted = stocked.run("asset", "delete", one)
    assert deleted.returncode == 0, deleted.stderr
    assert ids(stocked) == {"two": two}
    assert stocked.records == [f"{two}.json"]
    assert not list((stocked.data / "objects" / "assets" / one).rglob("*.ts"))
    assert stocked.run("asset", "delete", one).returncode == 4

    assert stocked.run("package", films.one).returncode == 0
    assert ids(stocked) == known
    assert stocked.json("channel", "create", "again", "-a", one)["revisions"][0]["assets"] == [one]


def test_a_forced_deletion_says_what_breaks_and_the_others_play_on(stocked: Machine, films: Films) -> None:
    with stocked.running("up", films.one, films.two):
        known = ids(stocked)
        urls = media_urls(stocked)
        forced = stocked.run("asset", "delete", "--force", "--yes", known["one"])
        assert forced.returncode == 0, forced.stderr
        assert f"asset {known['one']} will break:" in forced.stderr
        assert "its record stays" in forced.stderr
        for segment in media(urls[0]).segments.values():
            if known["two"] in segment.uri:
                fetch(segment.uri)
            else:
                assert ask(segment.uri).status_code == 404
        assert stocked.json("channel", "show", "main")["revisions"][-1]["assets"] == [known["two"]]
        assert ids(stocked) == {"two": known["two"]}
        # It comes back under the same name, and what lists it plays again.
        assert stocked.run("package", films.one).returncode == 0
        for segment in media(urls[0]).segments.values():
            fetch(segment.uri)


def test_garbage_is_shown_first_and_removed_when_asked_to(stocked: Machine) -> None:
    objects = stocked.data / "objects"
    known = ids(stocked)
    stocked.json("channel", "create", "main", "-a", known["two"])
    fresh = objects / "assets" / ("e" * 32) / "ts" / "240p" / "0.ts"
    fresh.parent.mkdir(parents=True)
    fresh.write_bytes(b"x" * 1000)  # untouched for a day, it would be garbage
    assert stocked.json("gc") == []
    assert "nothing to remove" in stocked.run("gc").stderr

    # Deleted long ago, when a channel still needed its record.
    for path in (objects / "assets" / known["one"]).rglob("*.*"):
        path.unlink()
    mark = objects / "states" / f"{known['one']}.json"
    mark.parent.mkdir()
    mark.write_text('{"state":"deleted","at":"2020-01-01T00:00:00Z"}')
    why = "it was deleted, and nothing refers to it"
    assert [(one["kind"], one["name"], one["why"], one["deleted"]) for one in stocked.json("gc")] == [
        ("record", known["one"], why, 0)
    ]
    assert "streamsync gc --delete removes them" in stocked.run("gc").stderr
    assert mark.exists()
    done = stocked.run("gc", "--delete")
    assert (done.returncode, "deleted 1 objects" in done.stderr) == (0, True), done.stderr
    assert (mark.exists(), stocked.records, ids(stocked)) == (False, [f"{known['two']}.json"], {"two": known["two"]})
    assert fresh.exists()


def test_everything_plays_on_after_redis_was_lost(stocked: Machine, films: Films, tmp_path: Path) -> None:
    saved = tmp_path / "catalogue.gz"
    with stocked.running("up", films.one, films.two):
        url = media_urls(stocked)[0]
        assert stocked.run("asset", "retire", ids(stocked)["one"]).returncode == 0
        shown = stocked.json("channel", "show", "main")
        assert stocked.run("backup", saved).returncode == 0
        assert saved.stat().st_mode & 0o777 == 0o600
        assert os.listdir(tmp_path) == [saved.name]
        assert stocked.run("restore", saved).returncode == 5  # there is a channel
        before = media(url)

        with Redis(unix_socket_path=str(stocked.data / "valkey" / "valkey.sock")) as redis:
            redis.flushall()
        assert stocked.json("assets") == []
        dry = stocked.json("reindex", "--dry-run")
        assert (dry["added"], dry["states"]) == (2, 1)
        assert stocked.run("restore", saved).returncode == 0
        assert stocked.json("reindex")["added"] == 2
        assert stocked.json("channel", "show", "main") == shown
        assert stocked.run("channel", "create", "late", "-a", ids(stocked)["one"]).returncode == 5  # still retired

        deadline = time.monotonic() + HEARD_S
        while ask(f"{stocked.origin}/live/main/bob/index.m3u8").status_code != 200:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        after = media(url)
        for msn in before.segments.keys() & after.segments.keys():
            assert after.segments[msn] == before.segments[msn]
        assert before.segments.keys() & after.segments.keys()


def test_a_damaged_backup_is_refused_by_the_line(stocked: Machine, tmp_path: Path) -> None:
    saved = tmp_path / "catalogue.gz"
    assert stocked.run("backup", saved).returncode == 0
    saved.write_bytes(saved.read_bytes()[:-12])
    refused = stocked.run("restore", saved)
    assert (refused.returncode, f"{saved}: line " in refused.stderr) == (2, True)
    assert stocked.run("restore", tmp_path / "none.gz").returncode == 4
    assert stocked.run("backup", tmp_path / "none" / "x.gz").returncode == 4


def test_a_record_that_cannot_be_read_makes_reindex_fail_and_is_named(stocked: Machine) -> None:
    record = stocked.data / "objects" / "records" / stocked.records[0]
    record.unlink()
    record.write_text("{}")
    done = stocked.run("reindex", "--json")
    assert done.returncode == 1
    assert (json.loads(done.stdout)["same"], record.stem in done.stderr) == (1, True)
