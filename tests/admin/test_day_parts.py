"""Day parts of a channel: what they need, when each begins for everybody, and how they are typed."""

import asyncio

import pytest

from manifest_server.admin import actions
from manifest_server.admin.bulk import export_channel, import_channel
from manifest_server.admin.rules import set_rules
from manifest_server.onair.channels import Channels
from storage.catalogue import Catalogue
from storage.errors import BadInput, Conflict
from storage.metadata import AssetMetadata
from storage.programme import DayPart, Rules
from streamsync.rules import _rules
from tests.stage import EPOCH_MS

from .moment_stage import FILMS, with_moment
from .parts_stage import with_parts

PARTS = (DayPart(minute=360, any_tags=("kids",)), DayPart(minute=1200, no_tags=("kids",)))


def test_day_parts_begin_to_the_tick_and_need_filler_and_something_to_air(redis_url: str) -> None:
    async def story() -> None:
        async with Catalogue.connect(redis_url) as catalogue:
            await with_moment(catalogue)
            with pytest.raises(Conflict, match="none of its 3 assets is for the day part at 06:00"):
                await set_rules(catalogue, "main", Rules(day_parts=PARTS), lambda: EPOCH_MS)
            await catalogue.metadata.store(AssetMetadata(asset=FILMS[0].id, version=1, tags=("kids",)))
            done = await set_rules(catalogue, "main", Rules(day_parts=PARTS), lambda: EPOCH_MS)
            assert done.kept.met[:2] == ("day.06:00: 1 of 3 assets", "day.20:00: 2 of 3 assets")
            channels = Channels(catalogue)
            for viewer in ("alice", "bob"):
                _, stream = await channels.joined(await channels.channel("main"), viewer)
                for hour, films in ((6, FILMS[:1]), (20, FILMS[1:])):
                    tick = hour * 3600 * 90_000
                    place = stream.succession(EPOCH_MS // 86_400_000, tick).place(tick)
                    assert (place.tick, place.segment) == (tick, 0)
                    assert place.clip.asset.id in {film.id for film in films}
            await actions.create_channel(catalogue, "bare", [film.id for film in FILMS])
            with pytest.raises(Conflict, match="'bare' has no filler for the time before a day part"):
                await set_rules(catalogue, "bare", Rules(day_parts=PARTS), lambda: EPOCH_MS)

    asyncio.run(story())


def test_a_channel_with_day_parts_goes_out_and_in(redis_url: str) -> None:
    async def story() -> None:
        async with Catalogue.connect(redis_url) as catalogue:
            await with_parts(catalogue)
            await actions.create_channel(catalogue, "two", [FILMS[0].id])
            lines = [line async for line in await export_channel(catalogue, "main")]
            done = await import_channel(catalogue, "two", lambda: iter(lines), lambda: EPOCH_MS, skip_bad=False)
            assert done.changed == {"pool", "rules", "filler", "moment"}
            rules = [(await catalogue.channel(name)).revisions[-1].rules for name in ("main", "two")]
            assert rules[0] == rules[1]
            assert rules[0].time_zone == "Europe/Berlin"

    asyncio.run(story())


def test_day_parts_are_typed_with_tags_and_ratings() -> None:
    assert _rules(["offset=-03:30", "day.06:00=kids, animals", "day.20:15=-kids,<=16,>=12", "day.23:00="]) == Rules(
        utc_offset_min=-210,
        day_parts=(
            DayPart(minute=360, any_tags=("animals", "kids")),
            DayPart(minute=1215, no_tags=("kids",), least_rating=12, most_rating=16),
            DayPart(minute=1380),
        ),
    )


@pytest.mark.parametrize(
    ("said", "says"),
    [
        (["day.24:00=kids"], "day.HH:MM="),
        (["day.06:00"], "day.HH:MM="),
        (["day.06:00=<=young"], "<= is followed by an age from 0 to 21"),
        (["day.06:00=>=22"], ">= is followed by an age from 0 to 21"),
        (["day.06:00=", "day.06:00=kids"], "day part 06:00 is told after 06:00"),
        (["day.00:01=", "day.23:58="], "day part 00:01 is told after 23:58"),
        (["offset=+14:30"], "14 hours at most"),
        (["day.06:00=kids,-kids"], "the day part at 06:00 leaves nothing"),
        (["day.20:00=", "day.06:00="], "in the order of the day"),
        (["day.06:00=", "day.06:03="], "day part 06:03 is told after 06:00: .* last 5 minutes or more"),
        (["offset=1h"], "an offset is"),
    ],
)
def test_day_parts_that_are_none_are_refused(said: list[str], says: str) -> None:
    with pytest.raises(BadInput, match=says):
        _rules(said)
