"""One URL through whatever is done to its channel: nothing that it listed ever changes, and no number goes back."""

import random

import pytest

from manifest_server.admin import actions
from manifest_server.onair.channels import Channels
from manifest_server.onair.playlists import Playlists
from storage.catalogue import Catalogue
from storage.clips import ClipRecord
from storage.errors import Conflict, NotOnAir
from storage.records import LineupRecord
from tests.playout.builders import Listed, read
from tests.stage import EPOCH_MS, asset, on_air
from tests.storage.catalogues import told

ASSETS = [asset(1), asset(2, 1.0), asset(3, 7.0), asset(4, 30.0)]
DAY_MS = 86_400_000


def header(playlist: str, tag: str) -> int:
    return next(int(line.split(":")[1]) for line in playlist.splitlines() if line.startswith(tag))


def test_a_stopped_channel_keeps_what_it_listed_when_its_pool_is_changed(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        await on_air(catalogue, ASSETS[0])
        await catalogue.index_asset(ASSETS[2])
        await actions.stop_channel(catalogue, "main", lambda: EPOCH_MS + 100_000)
        before = await media(catalogue, EPOCH_MS + 104_000)
        await actions.set_pool(catalogue, "main", [ASSETS[2].id], lambda: EPOCH_MS + 101_000)
        assert await media(catalogue, EPOCH_MS + 104_000) == before
        await actions.start_channel(catalogue, "main", EPOCH_MS + 200_000)
        assert ASSETS[2].id in await media(catalogue, EPOCH_MS + 200_000)

    told(redis_url, story)


@pytest.mark.parametrize("days", [1, 2, 400])
def test_numbers_are_small_and_not_negative_however_long_ago_a_channel_ended(redis_url: str, days: int) -> None:
    async def story(catalogue: Catalogue) -> None:
        await on_air(catalogue, ASSETS[0])
        await actions.stop_channel(catalogue, "main", lambda: EPOCH_MS + 3_600_000)
        later = EPOCH_MS + days * DAY_MS
        playlist = await media(catalogue, later, day=20_454 + days)
        assert 1 <= header(playlist, "#EXT-X-DISCONTINUITY-SEQUENCE") < 30
        assert playlist.endswith("#EXT-X-ENDLIST\n")

    told(redis_url, story)


def test_a_channel_is_not_started_as_of_a_time_when_it_was_on_air(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        await on_air(catalogue, ASSETS[0])
        await actions.stop_channel(catalogue, "main", lambda: EPOCH_MS + 100_000)
        with pytest.raises(Conflict, match="was on air then"):
            await actions.start_channel(catalogue, "main", EPOCH_MS + 99_999)
        await actions.start_channel(catalogue, "main", EPOCH_MS + 100_000)

    told(redis_url, story)


def test_a_start_that_was_called_off_takes_no_number_back(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        await on_air(catalogue, ASSETS[1])
        await actions.stop_channel(catalogue, "main", lambda: EPOCH_MS + 100_000)
        last = max(read(await media(catalogue, EPOCH_MS + 110_000)))
        await actions.start_channel(catalogue, "main", EPOCH_MS + 900_000)
        await actions.stop_channel(catalogue, "main", lambda: EPOCH_MS + 111_000)
        await actions.start_channel(catalogue, "main", EPOCH_MS + 112_000)
        assert min(read(await media(catalogue, EPOCH_MS + 112_000))) > last

    told(redis_url, story)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(25))
def test_a_url_keeps_its_word_whatever_is_done(redis_url: str, seed: int) -> None:
    drawn = random.Random(seed)

    async def story(catalogue: Catalogue) -> None:
        await on_air(catalogue, *ASSETS)
        now_ms = EPOCH_MS
        seen: dict[int, Listed] = {}
        last = (0, 0)
        for _ in range(60):
            now_ms += drawn.choice([1, 500, 3_000, 9_000, 40_000, 700_000])
            await something(drawn, catalogue, now_ms)
            try:
                playlist = await media(catalogue, now_ms, viewer=f"viewer{seed}")
            except NotOnAir:
                continue
            for number, segment in read(playlist).items():
                before = seen.setdefault(number, segment)
                assert (segment.uri, segment.extinf, segment.dsn, segment.map) == (
                    before.uri, before.extinf, before.dsn, before.map
                )  # fmt: skip
                assert abs(segment.date_ms - before.date_ms) < 1.001
            numbers = header(playlist, "#EXT-X-MEDIA-SEQUENCE"), header(playlist, "#EXT-X-DISCONTINUITY-SEQUENCE")
            assert numbers[0] >= last[0]
            assert numbers[1] >= last[1] > -1
            last = numbers

    told(redis_url, story)


async def something(drawn: random.Random, catalogue: Catalogue, now_ms: int) -> None:
    """Stop, start, start later, change the pool, or nothing; what is refused is left."""
    try:
        match drawn.randrange(8):
            case 0:
                await actions.stop_channel(catalogue, "main", lambda: now_ms)
            case 1:
                await actions.start_channel(catalogue, "main", now_ms)
            case 2:
                await actions.start_channel(catalogue, "main", now_ms + drawn.choice([1_000, 60_000]))
            case 3 | 4:
                pool = drawn.sample(ASSETS, drawn.randint(1, len(ASSETS)))
                await actions.set_pool(catalogue, "main", [one.id for one in pool], lambda: now_ms)
    except Conflict:
        pass


async def media(catalogue: Catalogue, now_ms: int, day: int = 20_454, viewer: str = "alice") -> str:
    """The playlist of a viewer's URL of that day, from a server that has read the catalogue just now."""
    channels = Channels(catalogue)
    lineup = await channels.lineup_id(await channels.channel("main"), viewer)
    playlist = await Playlists(channels, "/").media("main", f"{lineup}~{day}", "cmaf-240p", now_ms)
    return playlist.body.decode()


class Interrupted(Catalogue):
    """One in which something happens after an edit was made and before it is stored."""

    async def replace_lineup(
        self,
        channel: str,
        record: LineupRecord,
        deadline_ms: int | None = None,
        before: LineupRecord | None = None,
    ) -> None:
        await actions.stop_channel(self, channel, lambda: EPOCH_MS + 100_000)
        await actions.start_channel(self, channel, EPOCH_MS + 100_000)
        await super().replace_lineup(channel, record, deadline_ms, before)


def test_an_edit_from_before_a_channel_was_started_anew_changes_nothing(redis_url: str) -> None:
    clips = [[ClipRecord(asset=one.id)] for one in ASSETS[:2]]

    async def story(catalogue: Catalogue) -> None:
        await on_air(catalogue, *ASSETS)
        given = await actions.give_lineup(catalogue, "main", "kids", clips[0], repeats=True, clock=lambda: 0)
        await actions.assign_viewer(catalogue, "main", "alice", "kids")
        async with Interrupted.connect(redis_url) as interrupted:
            with pytest.raises(Conflict, match="lineup 'kids' of channel 'main': the channel was started anew"):
                await edited(interrupted)
        assert await catalogue.lineup("main", "kids") == given
        assert ASSETS[0].id in await media(catalogue, EPOCH_MS + 101_000)
        await edited(catalogue)
        assert ASSETS[1].id in await media(catalogue, EPOCH_MS + 200_000)

    async def edited(catalogue: Catalogue) -> LineupRecord:
        return await actions.edit_lineup(
            catalogue, "main", "kids", clips[1], repeats=True, clock=lambda: EPOCH_MS + 100_500
        )

    told(redis_url, story)
