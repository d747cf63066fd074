"""Time zones: their tables are what the standard library says of them, and are kept with the rules."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest

from manifest_server.admin import zones
from manifest_server.admin.actions import set_pool
from manifest_server.admin.pools import set_query
from manifest_server.admin.rules import set_rules, tried_rules
from manifest_server.admin.zones import offsets_of
from storage.catalogue import Catalogue
from storage.errors import BadInput
from storage.metadata import PoolQuery
from storage.programme import DayPart, Offsets, Rules
from storage.records import ChannelRecord, PoolRevision
from streamsync.rules import _rules
from tests.admin.api_stories import CHANNELS, teller
from tests.stage import EPOCH_MS

from .moment_stage import FILMS, with_moment

NOW_MS = 1_795_824_000_000  # 2026-11-28
BERLIN = Rules(day_parts=(DayPart(minute=360), DayPart(minute=1200)), time_zone="Europe/Berlin")


def test_a_table_is_of_whole_years_around_now_and_has_every_change() -> None:
    table = offsets_of("Europe/Berlin", NOW_MS)
    assert table[:3] == ((1_735_689_600_000, 60), (1_743_296_400_000, 120), (1_761_440_400_000, 60))  # 2025
    assert len(table) == 1 + 2 * zones.YEARS
    for at_ms, ahead in table:
        found = datetime.fromtimestamp(at_ms / 1000, ZoneInfo("Europe/Berlin")).utcoffset()
        assert found is not None
        assert found.total_seconds() == ahead * 60
    assert offsets_of("Asia/Kolkata", NOW_MS) == ((1_735_689_600_000, 330),)


def test_it_is_the_same_for_five_years_and_20_ahead_of_each() -> None:
    years = [datetime(year, 12, 31, tzinfo=UTC).timestamp() * 1000 for year in range(2026, 2032)]
    tables = [offsets_of("Africa/Casablanca", round(year)) for year in years]
    assert tables[0] == tables[4] != tables[5]
    last = datetime.fromtimestamp(tables[4][-1][0] / 1000, UTC)
    assert last.year >= 2050


@pytest.mark.parametrize(
    ("zone", "says"),
    [
        ("europe/berlin", "no time zone 'europe/berlin': is it Europe/Berlin?"),
        ("Europe/Berln", "no time zone 'Europe/Berln': is it Europe/Berlin?"),
        ("../../etc/passwd", "no time zone '../../etc/passwd'"),
        ("/etc/localtime", "no time zone '/etc/localtime'"),
        ("localtime", "no time zone 'localtime'"),
        ("right/Europe/Berlin", "no time zone 'right/Europe/Berlin'"),
        ("Factory", "no time zone 'Factory'"),
        ("", "no time zone '': it is a name such as Europe/Berlin"),
        ("CEST", "no time zone 'CEST': it is a name such as Europe/Berlin"),
        ("Berlin", "no time zone 'Berlin': is it Europe/Berlin?"),
        ("\N{SNOWMAN}\0", "no time zone"),
    ],
)
def test_what_is_no_zone_is_refused(zone: str, says: str) -> None:
    with pytest.raises(BadInput) as refused:
        offsets_of(zone, NOW_MS)
    assert str(refused.value).startswith(says)


def test_every_zone_has_a_table_that_can_be_stored() -> None:
    for zone in sorted(zones._names())[::7]:  # all of them take seconds
        kept = PoolRevision(tick=0, assets=("a",), offsets=offsets_of(zone, NOW_MS))
        assert PoolRevision.model_validate_json(kept.stored()) == kept


def test_the_table_is_kept_and_stays_when_a_machine_knows_better(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story() -> None:
        async with Catalogue.connect(redis_url) as catalogue:
            await with_moment(catalogue)
            table = offsets_of("Europe/Berlin", EPOCH_MS)
            assert (await tried_rules(catalogue, "main", now, BERLIN)).offsets == table
            done = await set_rules(catalogue, "main", BERLIN, now)
            assert offsets(await catalogue.channel("main")) == [(), table]
            assert (await set_rules(catalogue, "main", BERLIN, now)).channel.version == done.channel.version
            followed = await set_query(catalogue, "main", PoolQuery(), now)  # in the place of that revision
            assert offsets(followed.channel) == [(), table]
            monkeypatch.setattr(zones, "ZoneInfo", lambda _: ZoneInfo("Asia/Kolkata"))  # another law
            await set_pool(catalogue, "main", [film.id for film in FILMS[:2]], lambda: EPOCH_MS + 100_000)
            channel = await catalogue.channel("main")
            assert offsets(channel) == [(), table, table]
            assert (await tried_rules(catalogue, "main", now)).offsets == table
            await set_rules(catalogue, "main", BERLIN, lambda: EPOCH_MS + 200_000)
            again = await catalogue.channel("main")
            assert offsets(again) == [(), table, table, ((1_735_689_600_000, 330),)]
            assert again.revisions[:3] == channel.revisions
            await set_rules(catalogue, "main", Rules(), lambda: EPOCH_MS + 300_000)
            assert offsets(await catalogue.channel("main"))[-1] == ()

    def now() -> int:
        return EPOCH_MS

    def offsets(channel: ChannelRecord) -> list[Offsets]:
        return [one.offsets for one in channel.revisions]

    asyncio.run(story())


def test_records_from_before_there_were_zones_are_read() -> None:
    old = '{"tick":0,"assets":["a"],"rules":{"day_parts":[{"minute":360}],"utc_offset_min":60},"tags":{},"filler":[]}'
    found = PoolRevision.model_validate_json(old)
    assert (found.rules.utc_offset_min, found.rules.time_zone, found.offsets) == (60, None, ())


@pytest.mark.parametrize("offsets", [[[60_000, 0], [60_000, 60]], [[1, 0]], [[0, 900]]])
def test_a_table_that_is_none_is_refused(offsets: object) -> None:
    with pytest.raises(ValueError, match="offsets"):
        PoolRevision.model_validate({"tick": 0, "assets": ["a"], "offsets": offsets})


def test_a_clock_is_a_zones_or_an_offset() -> None:
    assert _rules(["zone=Europe/Berlin", "day.06:00="]).time_zone == "Europe/Berlin"
    with pytest.raises(BadInput, match="not both"):
        _rules(["zone=Europe/Berlin", "offset=+01:00"])
    with pytest.raises(BadInput, match="'zone=UTC': that was said already"):
        _rules(["zone=Europe/Berlin", "zone=UTC"])


def test_a_zone_that_is_none_is_refused_by_the_api_and_in_a_file(redis_url: str, tmp_path: Path) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await client.post(CHANNELS, json={"name": "main"})
        for method, path in (("PUT", "rules"), ("POST", "rules/try")):
            answer = await client.request(method, f"{CHANNELS}/main/{path}", json={"time_zone": "Mars/Phobos"})
            assert answer.status_code == 400
            assert answer.json()["error"].startswith("no time zone 'Mars/Phobos'")
        row = b'{"kind":"rules","rules":{"time_zone":"Mars/Phobos"}}\n'
        answer = await client.post(f"{CHANNELS}/main/import", content=row)
        assert "no time zone 'Mars/Phobos'" in answer.text
        assert (await catalogue.channel("main")).version == 1
        good = await client.put(f"{CHANNELS}/main/rules", json={"time_zone": "Asia/Kolkata"})
        assert good.json()["offsets"] == [{"since": "2025-01-01T00:00:00.000Z", "offset_min": 330}]

    teller(redis_url, tmp_path)(story)
