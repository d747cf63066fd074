"""The commands beside a running `up`: what they show is what is served, and what they change is."""

import re
import time

import pytest

from manifest_server.admin.actions import MARGIN_TICKS
from storage.records import TICKS_PER_SECOND

from .conftest import Films
from .program import Machine
from .watching import Media, ask, fetch, media, media_urls

pytestmark = pytest.mark.slow

STOPS_WITHIN_S = MARGIN_TICKS / TICKS_PER_SECOND  # until then its lists go on, by which time every server has heard
SLACK_S = 5  # what a machine with other work may add


def wait_until_ended(url: str, *, ended: bool, within_s: float) -> Media:
    """The playlist as soon as it has an end, or has none any more."""
    deadline = time.monotonic() + within_s
    while (listed := media(url)).ended != ended:
        assert time.monotonic() < deadline, f"ended is {listed.ended} after {within_s} s"
        time.sleep(0.1)  # a viewer polls too
    return listed


def test_assets_are_listed_as_json_and_as_a_table(busy: Machine) -> None:
    records = {record["title"]: record for record in busy.json("assets")}
    assert {title: record["source"]["name"] for title, record in records.items()} == {
        "one": "one.mp4",
        "two": "two.mp4",
    }
    table = busy.run("assets").stdout.splitlines()
    assert table[0].split() == ["asset", "title", "duration", "segments", "rate", "renditions"]
    assert sorted(line.split()[1:] for line in table[1:]) == [
        ["one", "0:06.0", "2", "25", "240p", "audio"],
        ["two", "0:05.0", "2", "50", "240p", "audio"],
    ]
    assert {line.split()[0] for line in table[1:]} == {record["id"] for record in records.values()}


def test_the_lineup_shown_is_the_one_served(busy: Machine) -> None:
    url = media_urls(busy)[0]
    before = media(url).segments
    seen = busy.json("lineup", "alice")
    after = media(url).segments
    assert seen["lineup"] in url
    # The window moves between the three looks, in one direction.
    assert min(before) <= seen["first_msn"] <= min(after)
    assert max(before) <= seen["last_msn"] <= max(after)
    assert not seen["ended"]
    listed = {**before, **after}
    airings = [airing for airing in seen["airings"] if airing["msn"] in listed]
    assert len(airings) >= 2
    for airing in airings:
        segment = listed[airing["msn"]]
        assert f"{segment.dated:%Y-%m-%dT%H:%M:%S}.{segment.dated.microsecond // 1000:03d}Z" == airing["starts"]
        assert airing["asset"] in segment.uri
    # A URL counts discontinuities from the day on which it was given out.
    assert len({airing["dsn"] - listed[airing["msn"]].dsn for airing in airings}) == 1
    now, starts = (parsed_ms(text) for text in (seen["at"], seen["airings"][0]["starts"]))
    assert seen["position_s"] == pytest.approx((now - starts) / 1000, abs=0.0005)
    assert now < parsed_ms(seen["airings"][0]["ends"])


def parsed_ms(text: str) -> int:
    """Unix milliseconds of a date as the playlists write it, by another way than the server's."""
    whole, _, ms = text.removesuffix("Z").partition(".")
    return int(time.mktime(time.strptime(whole, "%Y-%m-%dT%H:%M:%S")) - time.timezone) * 1000 + int(ms)


def test_the_lineup_at_an_instant_to_come_is_the_one_announced(busy: Machine) -> None:
    announced = busy.json("lineup", "alice")["airings"]
    then = busy.json("lineup", "alice", "--at", announced[3]["starts"])
    assert (then["at"], then["position_s"]) == (announced[3]["starts"], 0.0)
    assert then["airings"][:5] == announced[3:8]
    seconds = parsed_ms(announced[3]["starts"]) / 1000
    assert busy.json("lineup", "alice", "--at", f"{seconds:.3f}") == then


def test_the_lineup_is_a_table_for_people(busy: Machine) -> None:
    lines = busy.run("lineup", "alice", "--count", "3").stdout.splitlines()
    assert re.fullmatch(r"alice on main at \S+Z, lineup d-[0-9a-f]{24}\S*", lines[0])
    assert re.fullmatch(r"listed: MSN \d+ to \d+", lines[1])
    assert lines[2].split() == ["starts", "title", "asset", "MSN", "DSN"]
    assert lines[3].startswith("now, at 0:0")
    assert lines[4].startswith("next ")
    assert len(lines) == 6


def test_the_channel_is_shown(busy: Machine) -> None:
    record = busy.json("channel", "show", "main")
    assert (record["name"], record["stop_tick"]) == ("main", None)
    assert sorted(record["revisions"][0]["assets"]) == sorted(asset["id"] for asset in busy.json("assets"))
    shown = busy.run("channel", "show", "main").stdout
    assert re.search(r"^state +on air since \S+Z *$", shown, re.MULTILINE)
    assert re.search(r"^pool +2 assets, revision 1 *$", shown, re.MULTILINE)


def test_a_stopped_channel_ends_and_a_started_one_plays_again(stocked: Machine, films: Films) -> None:
    with stocked.running("up", films.one):
        url = media_urls(stocked)[0]
        playing = media(url)
        assert not playing.ended
        assert stocked.json("channel", "stop", "main")["stop_tick"] > 0
        ended = wait_until_ended(url, ended=True, within_s=STOPS_WITHIN_S + SLACK_S)
        for msn in playing.segments.keys() & ended.segments.keys():
            assert ended.segments[msn] == playing.segments[msn]
        seen = stocked.json("lineup", "alice")
        assert (seen["ended"], seen["last_msn"]) == (True, max(ended.segments))
        assert "stopped at " in stocked.run("channel", "show", "main").stdout
        assert stocked.run("channel", "stop", "main").returncode == 5
        assert media(url) == ended

        stocked.json("channel", "start", "main")
        again = wait_until_ended(url, ended=False, within_s=SLACK_S)
        assert min(again.segments) > max(ended.segments)
        assert min(one.dsn for one in again.segments.values()) > max(one.dsn for one in ended.segments.values())
        fetch(again.segments[min(again.segments)].uri)


def test_a_new_channel_is_served_at_once(busy: Machine, films: Films) -> None:
    """A channel made and started beside the server needs nothing but the two commands."""
    assert ask(f"{busy.origin}/live/late/alice/index.m3u8").status_code == 404
    asset = busy.json("assets")[0]["id"]
    busy.json("channel", "create", "late", "--asset", asset)
    waiting = ask(f"{busy.origin}/live/late/alice/index.m3u8")
    assert (waiting.status_code, waiting.headers["retry-after"]) == (503, "10")
    busy.json("channel", "start", "late")
    deadline = time.monotonic() + SLACK_S
    while ask(f"{busy.origin}/live/late/alice/index.m3u8").status_code != 200:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert len(media_urls(busy, channel="late")) == 2
