"""The guide and its reasons from the command line, here and through a server."""

from xml.etree import ElementTree

import pytest

from .program import Machine

pytestmark = pytest.mark.slow

TOKEN = "a" * 32


def test_what_airs_is_told_for_a_viewer_and_for_all(busy: Machine) -> None:
    titles = {record["id"]: record["title"] for record in busy.json("assets")}
    guide = busy.json("epg", "main", "--viewer", "alice", "--hours", "0.05")
    assert {entry["asset"]: entry["title"] for entry in guide["entries"]} == titles
    assert all(entry["kind"] == "clip" for entry in guide["entries"])
    shown = busy.run("epg", "main", "--viewer", "alice", "--from", guide["starts"], "--until", guide["ends"])
    rows = [line.split() for line in shown.stdout.splitlines()[1:]]
    assert [row[0] for row in rows] == [entry["starts"] for entry in guide["entries"]]
    (personal,) = busy.json("epg", "main")["entries"]
    assert (personal["kind"], personal["assets"], personal["asset"]) == ("personal", 2, None)
    paged = busy.run("epg", "main", "--viewer", "alice", "--from", guide["starts"], "--limit", "2")
    assert f"more: --from {guide['entries'][2]['starts']}" in paged.stdout
    document = busy.run("epg", "main", "--viewer", "alice", "--from", guide["starts"], "--hours", "0.05", "--xmltv")
    root = ElementTree.fromstring(document.stdout)  # noqa: S314 - our own
    assert [one.findtext("title") for one in root.iter("programme")] == [one["title"] for one in guide["entries"]]


def test_why_it_airs_is_told_to_the_last_number(busy: Machine) -> None:
    found = busy.json("explain", "alice", "--rendition", "ts-240p")
    shown = busy.run("explain", "alice", "--at", found["at"], "--rendition", "ts-240p")
    assert shown.returncode == 0, shown.stderr
    facts, _, playlist = shown.stdout.partition(f"\n{found['playlist']['lineup']}/ts-240p.m3u8:\n")
    assert playlist == found["playlist"]["text"]
    assert playlist.startswith("#EXTM3U\n")
    for told in (
        found["msn"]["text"],
        found["dsn"]["text"],
        found["reason"]["text"],
        found["on_air"]["asset"],
        f"revision 0 since {found['pool']['since']}: 2 assets",
    ):
        assert told in facts
    assert f"#EXT-X-MEDIA-SEQUENCE:{found['playlist']['first_msn']}\n" in playlist


def test_a_server_tells_the_same(stocked: Machine) -> None:
    assert stocked.run("channel", "create", "main").returncode == 0
    assert stocked.run("channel", "start", "main").returncode == 0
    at = ("--at", stocked.json("channel", "show", "main")["on_air_from"])
    here = stocked.json("explain", "alice", *at)
    guide = ("epg", "main", "--viewer", "alice", "--from", at[1], "--hours", "0.1")
    told, document = stocked.json(*guide), stocked.run(*guide, "--xmltv").stdout
    assert document.startswith('<?xml version="1.0" encoding="UTF-8"?>\n')
    with stocked.running("serve", STREAMSYNC_TOKEN=TOKEN):
        names = {"STREAMSYNC_SERVER": stocked.origin, "STREAMSYNC_TOKEN": TOKEN}
        assert stocked.run(*guide, "--xmltv", **names).stdout == document
        for words, expected in (((*guide,), told), (("explain", "alice", *at), here)):
            there = stocked.run(*words, "--json", **names)
            assert there.returncode == 0, there.stderr
            assert there.stdout == stocked.run(*words, "--json").stdout
            assert expected is not None


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("epg", "none"), 4, "no channel 'none'"),
        (("epg", "main", "--from", "soon"), 2, "instant 'soon'"),
        (("epg", "main", "--hours", "1", "--until", "2099-01-01"), 2, "--until and --hours: it is one of the two"),
        (("epg", "main", "--until", "2020-01-01"), 2, "is not after"),
        (("epg", "main", "--until", "2099-01-01"), 2, "a guide is of 7 days at most"),
        (("epg", "main", "--viewer", "a/b"), 2, "viewer 'a/b'"),
        (("explain", "alice", "--rendition", "cmaf-9p"), 4, "no rendition 'cmaf-9p'"),
        (("explain", "alice", "--at", "2020-01-01"), 6, "channel 'main' begins at 20"),
        (("explain", "alice", "--channel", "none"), 4, "no channel 'none'"),
    ],
)
def test_what_cannot_be_told_is_refused(busy: Machine, words: tuple[str, ...], code: int, message: str) -> None:
    done = busy.run(*words)
    assert (done.returncode, done.stdout) == (code, "")
    assert message in done.stderr
