"""The guide of a channel with day parts, and with breaks in its moments."""

import httpx

from manifest_server.admin.epg import Asked, channel_guide, viewer_guide
from manifest_server.onair.channels import Channels
from storage.catalogue import Catalogue
from tests.admin.moment_stage import FILMS, SPOT
from tests.admin.parts_stage import FIVE_MS, with_parts
from tests.stage import EPOCH_MS, visited
from tests.storage.catalogues import told

HOUR_MS = 3_600_000


def asked(start_ms: int, until_ms: int) -> Asked:
    return Asked(start_ms, until_ms)


def test_a_channels_guide_has_its_day_parts_moments_and_breaks_without_a_gap(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        await with_parts(catalogue)
        guide = await channel_guide(catalogue, Channels(catalogue), "main", asked(EPOCH_MS, EPOCH_MS + 20 * HOUR_MS))
        assert [(one.kind, one.starts[11:19], one.ends[11:19], one.part, one.moment, one.assets)
                for one in guide.entries if one.ends] == [
            ("personal", "00:00:00", "00:00:25", None, None, 3),
            ("personal", "00:00:25", "04:59:30", "20:00", None, 3),
            ("moment", "04:59:30", "04:59:50", None, "show", None),
            ("personal", "04:59:50", "05:00:20", None, "show", 1),
            ("moment", "05:00:20", "05:00:40", None, "show", None),
            ("personal", "05:00:40", "05:05:00", "06:00", None, 1),
            ("personal", "05:05:00", "19:00:00", "06:05", None, 2),
            ("personal", "19:00:00", "20:00:00", "20:00", None, 3),
        ]  # fmt: skip
        assert [one.description for one in guide.entries if one.part][1:] == [
            "day part 06:00 Europe/Berlin: kids, rated up to 6",
            "day part 06:05 Europe/Berlin: not kids",
            "day part 20:00 Europe/Berlin: everything",
        ]
        assert [one.tags for one in guide.entries if one.part == "06:00"] == [("kids",)]
        late = await channel_guide(catalogue, Channels(catalogue), "main", asked(FIVE_MS - 5_000, FIVE_MS + 30_000))
        assert [(one.kind, one.starts[11:19], one.ends and one.ends[11:19]) for one in late.entries] == [
            ("personal", "04:59:50", "05:00:20"), ("moment", "05:00:20", "05:00:40"),
        ]  # fmt: skip

    told(redis_url, story)


def test_a_viewers_guide_says_which_part_each_clip_is_of(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        await with_parts(catalogue)
        span = asked(FIVE_MS - 60_000, FIVE_MS + 8 * 60_000)
        guide = await viewer_guide(catalogue, Channels(catalogue), "main", "alice", span)
        said = {(one.kind, one.part, one.moment) for one in guide.entries}
        assert said == {
            ("clip", "20:00", None), ("clip", "06:00", None), ("clip", "06:05", None), ("filler", None, None),
            ("moment", None, "show"), ("clip", None, "show"),
        }  # fmt: skip
        assert {one.asset for one in guide.entries if one.part == "06:00"} == {FILMS[0].id}
        assert {one.asset for one in guide.entries if one.part == "06:05"} == {film.id for film in FILMS[1:]}
        (show,) = [one for one in guide.entries if one.asset == SPOT.id and one.starts[14:19] == "59:50"]
        assert show.moment == "show"

    told(redis_url, story)


def test_both_formats_tell_day_parts_of_a_channel(redis_url: str) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await with_parts(catalogue)
        span = {"from": FIVE_MS / 1000 + 60, "until": FIVE_MS / 1000 + 120}
        authority = {"Authorization": f"Bearer {'t' * 32}"}
        found = (await client.get("/api/v1/channels/main/epg", params=span, headers=authority)).json()
        assert [one["part"] for one in found["entries"]] == ["06:00"]
        text = (await client.get("/api/v1/channels/main/epg.xml", params=span, headers=authority)).text
        assert "<desc>day part 06:00 Europe/Berlin: kids, rated up to 6</desc>" in text
        assert "<category>kids</category>" in text

    visited(redis_url, story, token="t" * 32)
