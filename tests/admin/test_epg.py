"""The guide: what airs when, for a viewer and on a channel."""

import re
from itertools import pairwise

import httpx
import pytest

from manifest_server.admin import actions
from manifest_server.admin.epg import DAY_MS, Asked, Guide, channel_guide, viewer_guide
from manifest_server.onair.channels import Channels
from storage.catalogue import Catalogue
from storage.errors import BadInput, NotFound, NotOnAir
from tests.admin.moment_stage import EDIT_S, FILMS, GOAL, IDENTS, SPOT, with_moment
from tests.playout.builders import read
from tests.stage import EPOCH_MS, asset, on_air, visited
from tests.storage.catalogues import told

A, B = FILMS[:2]
TOKEN = "t" * 32
AUTHORITY = {"Authorization": f"Bearer {TOKEN}"}


def asked(start_s: float, until_s: float, limit: int = 1000) -> Asked:
    return Asked(EPOCH_MS + round(start_s * 1000), EPOCH_MS + round(until_s * 1000), limit)


def times(guide: Guide) -> list[tuple[str, str, str | None]]:
    return [(one.kind, one.starts[14:-1], one.ends and one.ends[14:-1]) for one in guide.entries]


def test_a_viewers_guide_is_without_gaps_and_is_what_playlists_list(redis_url: str) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await with_moment(catalogue)
        answer = await client.get(
            "/api/v1/channels/main/viewers/alice/epg",
            params={"from": EPOCH_MS / 1000, "until": EPOCH_MS / 1000 + 600},
            headers=AUTHORITY,
        )
        guide = answer.json()
        entries = guide["entries"]
        assert all(a["ends"] == b["starts"] for a, b in pairwise(entries))
        assert entries[0]["starts"] == "2026-01-01T00:00:00.000Z"
        listed: dict[str, str] = {}  # by when it begins, what does
        for second in range(0, 640, 40):
            joined = await client.get("/live/main/alice/index.m3u8", params={"at": EPOCH_MS / 1000 + second})
            url = next(line for line in joined.text.splitlines() if line.startswith("../"))
            playlist = (await client.get(f"/live/main/{url.removeprefix('../')}")).text
            listed |= _begun(playlist)
        for entry in entries:
            assert listed[entry["starts"]] == entry["asset"]

    visited(redis_url, story, token=TOKEN, preview=True)


def _begun(playlist: str) -> dict[str, str]:
    """The assets whose clips begin in a playlist, by the date that is printed there."""
    found = re.findall(r"#EXT-X-DISCONTINUITY\n#EXT-X-PROGRAM-DATE-TIME:(.*)\n(?:#.*\n)*.*/assets/(\w+)/", playlist)
    assert len(found) <= len(read(playlist))
    return dict(found)


def test_a_viewers_guide_tells_moments_filler_and_their_own_clips_apart(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        await with_moment(catalogue)
        guide = await viewer_guide(catalogue, Channels(catalogue), "main", "alice", asked(0, 600))
        (moment,) = [one for one in guide.entries if one.kind == "moment"]
        assert (moment.starts, moment.ends) == ("2026-01-01T00:05:00.040Z", "2026-01-01T00:05:20.040Z")
        assert (moment.asset, moment.moment, moment.title) == (GOAL.id, "goal", "Film 9")
        idents = [one for one in guide.entries if one.kind == "filler"]
        assert 0 < len(idents) <= 3
        assert {one.asset for one in idents} <= {one.id for one in IDENTS}
        assert idents[-1].ends == moment.starts
        assert {one.asset for one in guide.entries if one.kind == "clip"} == {*(film.id for film in FILMS), SPOT.id}
        (spot,) = [one for one in guide.entries if one.asset == SPOT.id]
        assert spot.starts >= f"2026-01-01T00:0{EDIT_S // 60}:{EDIT_S % 60}"

    told(redis_url, story)


def test_the_guide_of_a_channel_is_what_all_have_in_common(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        await with_moment(catalogue)
        await actions.set_pool(catalogue, "main", [A.id, B.id], lambda: EPOCH_MS + 400_000)
        guide = await channel_guide(catalogue, Channels(catalogue), "main", asked(60, 600))
        assert times(guide) == [
            ("personal", "01:00.000", "05:00.040"),
            ("moment", "05:00.040", "05:20.040"),
            ("personal", "05:20.040", "07:05.000"),
            ("personal", "07:05.000", "10:00.000"),
        ]
        assert [(one.title, one.assets) for one in guide.entries] == [
            ("main", 3), ("The Goal", None), ("main", 3), ("main", 2),
        ]  # fmt: skip
        within = await channel_guide(catalogue, Channels(catalogue), "main", asked(310, 315))
        assert times(within) == [("moment", "05:00.040", "05:20.040")]
        after = await channel_guide(catalogue, Channels(catalogue), "main", asked(321, 330))
        assert times(after) == [("personal", "05:21.000", "05:30.000")]

    told(redis_url, story)


def test_pages_follow_one_another_without_a_gap(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        await with_moment(catalogue)
        whole = await viewer_guide(catalogue, Channels(catalogue), "main", "alice", asked(10, 600))
        found, start_ms, pages = list[object](), EPOCH_MS + 10_000, 0
        while True:
            page = await viewer_guide(
                catalogue, Channels(catalogue), "main", "alice", Asked(start_ms, EPOCH_MS + 600_000, 4)
            )
            found += page.entries
            pages += 1
            if page.next is None:
                break
            assert len(page.entries) == 4
            minutes, seconds = page.next[14:-1].split(":")
            start_ms = EPOCH_MS + int(minutes) * 60_000 + round(float(seconds) * 1000)
        assert found == list(whole.entries)
        assert pages > 3

    told(redis_url, story)


def test_a_guide_ends_with_what_is_listed_and_begins_with_the_channel(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        await on_air(catalogue, asset(1))  # 12 s
        early = await viewer_guide(catalogue, Channels(catalogue), "main", "alice", asked(-100, 30))
        assert times(early) == [
            ("clip", "00:00.000", "00:12.000"),
            ("clip", "00:12.000", "00:24.000"),
            ("clip", "00:24.000", "00:36.000"),
        ]
        assert (await viewer_guide(catalogue, Channels(catalogue), "main", "alice", asked(-100, -50))).entries == ()
        assert (await channel_guide(catalogue, Channels(catalogue), "main", asked(-100, -50))).entries == ()
        await actions.stop_channel(catalogue, "main", lambda: EPOCH_MS + 100_000)
        # 9 s later, and listed 16 s ahead: 125 s.
        late = await viewer_guide(catalogue, Channels(catalogue), "main", "alice", asked(110, 3600))
        assert times(late)[-1] == ("clip", "02:00.000", "02:12.000")
        assert times(await channel_guide(catalogue, Channels(catalogue), "main", asked(110, 3600))) == [
            ("personal", "01:50.000", "02:05.000")
        ]

    told(redis_url, story)


@pytest.mark.parametrize(
    ("start_s", "until_s", "limit", "message"),
    [
        (10, 10, 5, "until 2026-01-01T00:00:10.000Z is not after 2026-01-01T00:00:10.000Z"),
        (0, 7 * 86_400 + 1, 5, "a guide is of 7 days at most"),
        (0, 10, 0, "0 entries: it is 1 to 1000"),
        (0, 10, 1001, "1001 entries"),
    ],
)
def test_what_nobody_can_mean_is_refused(start_s: float, until_s: float, limit: int, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        asked(start_s, until_s, limit)


def test_a_channel_that_is_not_there_or_never_was_on_air_is_told(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        await catalogue.index_asset(A)
        await actions.create_channel(catalogue, "idle", [A.id])
        for guide in (
            channel_guide(catalogue, Channels(catalogue), "idle", asked(0, 1)),
            viewer_guide(catalogue, Channels(catalogue), "idle", "x", asked(0, 1)),
        ):
            with pytest.raises(NotOnAir, match="channel 'idle' has not been started"):
                await guide
        with pytest.raises(NotFound, match="no channel 'other'"):
            await channel_guide(catalogue, Channels(catalogue), "other", asked(0, 1))
        with pytest.raises(BadInput, match="viewer 'a/b'"):
            await viewer_guide(catalogue, Channels(catalogue), "idle", "a/b", asked(0, 1))

    told(redis_url, story)


def test_a_day_is_asked_for_unless_said_otherwise(redis_url: str) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await on_air(catalogue, asset(1, 3600.0))
        place = "/api/v1/channels/main/viewers/alice/epg"
        guide = (await client.get(place, headers=AUTHORITY)).json()
        assert (guide["starts"], guide["ends"]) == ("2026-01-01T00:01:40.000Z", "2026-01-02T00:01:40.000Z")
        assert len(guide["entries"]) == 25
        assert DAY_MS == 86_400_000
        bad = await client.get(place, params={"from": "yesterday"}, headers=AUTHORITY)
        assert (bad.status_code, bad.json()["error"][:20]) == (400, "instant 'yesterday':")

    visited(redis_url, story, token=TOKEN)
