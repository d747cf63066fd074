"""A channel's programming given out and taken in: all rows or none, bad ones by their numbers."""

import json
from collections.abc import Iterable
from pathlib import Path

import httpx
import pytest

from storage.catalogue import Catalogue
from storage.records import ViewerRecord
from tests.admin.api_stories import CHANNELS, A, B, C, Tell, teller

MAIN = f"{CHANNELS}/main"
HEAD = '{"kind":"head","format":"streamsync programming","version":1,"channel":"main"}'
POOL = f'{{"kind":"pool","assets":["{A}","{B}"]}}'
KIDS = f'{{"kind":"lineup","id":"kids","clips":["{A}","{B}:0:2"],"repeats":false}}'
ALICE = '{"kind":"viewer","name":"alice","lineup":"kids"}'
BOB = '{"kind":"viewer","name":"bob","lineup":null}'


@pytest.fixture
def tell(redis_url: str, tmp_path: Path) -> Tell:
    return teller(redis_url, tmp_path)


async def sent(client: httpx.AsyncClient, rows: Iterable[str], **params: object) -> httpx.Response:
    """The answer to an import of these rows into main."""
    content = "".join(f"{row}\n" for row in rows)
    return await client.post(f"{MAIN}/import", content=content.encode(), params=params)  # type: ignore[arg-type]


async def made(client: httpx.AsyncClient) -> None:
    await client.post(CHANNELS, json={"name": "main", "assets": [C]})
    await client.post(f"{MAIN}/start", json={"at": "2026-01-01"})


def test_an_export_is_taken_in_as_it_is_and_changes_nothing_twice(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await made(client)
        done = await sent(client, [POOL, KIDS, ALICE, BOB])
        assert done.json() == {
            "applied": True, "rows": 4, "bad_rows": 0, "bad": [], "changed": ["pool"], "lineups_given": 1,
            "lineups_edited": 0, "viewers": 2, "left_out": [], "error": None,
        }  # fmt: skip
        whole = await client.get(f"{MAIN}/export")
        assert whole.headers["Content-Type"] == "application/x-ndjson"
        lines = whole.text.splitlines()
        assert [lines[0], lines[1], lines[2]] == [HEAD, POOL, KIDS]
        assert sorted(lines[3:5]) == [ALICE, BOB]
        assert lines[5:] == ['{"kind":"epoch","at_ms":1767225600000}', '{"kind":"end","lines":5}']
        version = (await catalogue.channel("main")).version
        again = (await sent(client, lines)).json()
        assert (again["changed"], again["lineups_given"], again["lineups_edited"]) == ([], 0, 0)
        assert again["viewers"] == 0
        assert (await catalogue.channel("main")).version == version
        assert (await catalogue.lineup("main", "kids")).version == 1
        await client.post(CHANNELS, json={"name": "copy"})
        copied = await client.post(f"{CHANNELS}/copy/import", content=whole.content)
        assert copied.json()["lineups_given"] == 1
        lines[0] = HEAD.replace("main", "copy")
        lines[5:] = ['{"kind":"end","lines":4}']
        assert sorted((await client.get(f"{CHANNELS}/copy/export")).text.splitlines()) == sorted(lines)

    tell(story)


def test_a_lineup_that_is_there_is_edited_and_a_query_is_followed(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await made(client)
        await sent(client, [KIDS.replace("false", "true"), ALICE])
        done = (await sent(client, ['{"kind":"pool","query":{"without":["' + A + '"]}}', KIDS])).json()
        assert (done["changed"], done["lineups_given"], done["lineups_edited"]) == (["pool"], 0, 1)
        assert (await catalogue.lineup("main", "kids")).version == 2
        exported = (await client.get(f"{MAIN}/export")).text.splitlines()
        assert json.loads(exported[1])["query"]["without"] == [A]
        assert exported[2] == KIDS

    tell(story)


def test_rules_and_access_go_along(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await made(client)
        rules = (
            '{"kind":"rules","rules":{"order":"fixed","limits":{},"spacing":{},"repeat_s":0,"repeat_clips":1,'
            '"day_parts":[],"utc_offset_min":0,"time_zone":null}}'
        )
        access = '{"kind":"access","public":false}'
        assert (await sent(client, [POOL, rules, access])).json()["changed"] == ["access", "pool", "rules"]
        assert (await client.get(f"{MAIN}/export")).text.splitlines()[1:4] == [POOL, rules, access]
        channel = await catalogue.channel("main")
        assert (channel.public, channel.revisions[-1].rules.order) == (False, "fixed")
        assert (await sent(client, [access, rules, POOL])).json()["changed"] == []
        assert (await catalogue.channel("main")).version == channel.version

    tell(story)


BAD = [
    ('{"kind":"rules","rules":{"order":"none"}}', "rules.order: "),
    ('{"kind":"filler","assets":["x"]}', "an asset id is"),
    ('{"kind":"access","public":"perhaps"}', "access.public: "),
    ("{", "Invalid JSON"),
    ("", "Invalid JSON"),
    ("[1]", ""),
    ('{"kind":"film"}', "film"),
    ('{"kind":"viewer","name":"a/b"}', "viewer 'a/b'"),
    ('{"kind":"viewer","name":"😀"}', "viewer '😀'"),
    ('{"kind":"viewer","name":"' + "x" * 10_000 + '"}', "viewer 'xxx"),
    ('{"kind":"viewer","name":"eve","lineup":"other"}', "there is no lineup 'other', nor in a row before"),
    ('{"kind":"viewer","name":"eve","age":7}', "age: Extra inputs"),
    ('{"kind":"viewer","name":"alice","lineup":null}', "viewer 'alice' was something else in row 3"),
    ('{"kind":"lineup","id":"new","clips":[]}', "clips: "),
    ('{"kind":"lineup","id":"new","clips":["' + "f" * 32 + '"]}', "no asset"),
    ('{"kind":"lineup","id":"new","clips":["' + A + ':7"]}', ""),
    ('{"kind":"lineup","id":"d-1","clips":["' + A + '"]}', "those of derived lineups"),
    ('{"kind":"pool"}', "a pool has assets, or a query"),
    ('{"kind":"pool","assets":["' + C + '"]}', "a second pool"),
    ('{"kind":"end","lines":9}', "it ends after 3 lines, and had 9"),
    (HEAD, "another head"),
    ('{"kind":"viewer","name":"' + "x" * 1_100_000 + '"}', "the line is over 1048576 bytes long"),
]


@pytest.mark.parametrize(("row", "says"), BAD, ids=[row[:40] for row, _ in BAD])
def test_one_bad_row_is_named_and_none_is_applied_unless_it_is_skipped(tell: Tell, row: str, says: str) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await made(client)
        before = await catalogue.channel("main")
        rows = [POOL, KIDS, ALICE, BOB, row]
        refused = await sent(client, rows)
        told = refused.json()
        assert (refused.status_code, told["applied"], told["viewers"]) == (400, False, 0)
        assert told["bad"][0]["row"] == 5
        assert says in told["bad"][0]["why"]
        assert told["error"].startswith("nothing was changed: ")
        assert len(refused.text) < 2000
        assert await catalogue.channel("main") == before
        assert [one async for one in catalogue.all_lineups("main")] == []
        assert [one async for one in catalogue.all_viewers("main")] == []
        skipped = await sent(client, rows, skip_bad=True)
        assert (skipped.status_code, skipped.json()["applied"], skipped.json()["viewers"]) == (200, True, 2)
        assert skipped.json()["bad"] == told["bad"]
        assert await catalogue.viewer("main", "alice") == ViewerRecord(name="alice", lineup="kids")

    tell(story)


def test_what_was_cut_off_is_not_applied(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, _: Catalogue) -> None:
        await made(client)
        cut = await sent(client, [HEAD, POOL, KIDS])
        assert cut.json()["bad"] == [{"row": 4, "why": "it is cut off: its last line is missing"}]
        after = await sent(client, [HEAD, POOL, '{"kind":"end","lines":1}', ALICE])
        assert after.json()["bad"] == [{"row": 4, "why": "something comes after the end"}]
        empty = await sent(client, [])
        assert (empty.status_code, empty.json()["error"]) == (400, "there is no row")

    tell(story)


def test_what_is_no_channels_programming_at_all_is_given_up(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, _: Catalogue) -> None:
        await made(client)
        other = await sent(client, ["{"] * 20_000, skip_bad=True)
        assert (other.status_code, other.json()["error"][:44]) == (
            400,
            "over 10000 rows are bad, the first is row 1:",
        )
        nowhere = await client.post(f"{CHANNELS}/other/import", content=b"x")
        assert (nowhere.status_code, nowhere.json()["error"]) == (404, "no channel 'other'")
        assert (await client.get(f"{CHANNELS}/other/export")).status_code == 404
        assert (await client.get(f"{CHANNELS}/a%2Fb/export")).status_code == 404

    tell(story)


def test_thousands_of_viewers_go_out_and_in(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await made(client)
        viewers = [f'{{"kind":"viewer","name":"v{number}","lineup":"kids"}}' for number in range(3000)]
        assert (await sent(client, [KIDS, *viewers])).json()["viewers"] == 3000
        exported = (await client.get(f"{MAIN}/export")).text.splitlines()
        assert sorted(set(exported[3:-2])) == sorted(viewers)
        assert len([one async for one in catalogue.all_viewers("main")]) >= 3000

    tell(story)
