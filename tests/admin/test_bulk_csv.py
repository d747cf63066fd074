"""Given lineups and viewers as CSV, as a spreadsheet or SQL writes it; what is wrong is told by its row."""

import csv
import io
from pathlib import Path

import httpx
import pytest

from manifest_server.admin.bulk_lines import LineupLine, ViewerLine
from manifest_server.admin.bulk_rows import read_rows
from storage.catalogue import Catalogue
from storage.clips import ClipRecord
from storage.errors import BadInput
from tests.admin.api_stories import CHANNELS, A, B, C, Tell, teller

MAIN = f"{CHANNELS}/main"
HEAD = b"viewer,lineup,clips,repeats"
GOOD = f"""\ufeffViewer,Lineup,Clips,Repeats\r
,kids,{A};{B}:0:2,no\r
alice,kids,,\r
"bob", ,"{B} ; {A}",\r
\r
""".encode()


@pytest.fixture
def tell(redis_url: str, tmp_path: Path) -> Tell:
    return teller(redis_url, tmp_path)


async def sent(client: httpx.AsyncClient, content: bytes, **params: bool) -> httpx.Response:
    if (await client.get(MAIN)).status_code == 404:
        await client.post(CHANNELS, json={"name": "main", "assets": [C]})
        await client.post(f"{MAIN}/start", json={"at": "2026-01-01"})
    return await client.post(f"{MAIN}/import", content=content, params=params)


def test_a_table_gives_lineups_and_puts_viewers_on_them(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        done = (await sent(client, GOOD)).json()
        assert (done["applied"], done["rows"], done["lineups_given"], done["viewers"]) == (True, 4, 2, 2)
        [part] = (await catalogue.lineup("main", "kids")).parts
        assert (part.clips, part.repeats) == ((ClipRecord(asset=A), ClipRecord(asset=B, last=2)), False)
        [part] = (await catalogue.lineup("main", "bob")).parts
        assert (part.clips, part.repeats) == ((ClipRecord(asset=B), ClipRecord(asset=A)), True)
        on = {one.name: one.lineup async for one in catalogue.all_viewers("main")}
        assert on == {"alice": "kids", "bob": "bob"}
        again = (await sent(client, GOOD)).json()
        assert (again["applied"], again["lineups_given"], again["lineups_edited"]) == (True, 0, 0)
        back = (await sent(client, b"viewer,lineup\nalice,\n")).json()
        assert (back["applied"], back["viewers"]) == (True, 1)
        assert (await catalogue.viewer("main", "alice")).lineup is None  # type: ignore[union-attr]
        # Who writes by a library's csv writer gets the same.
        table = io.StringIO()
        csv.writer(table).writerows([["clips", "viewer"], [f"{C};{A}", "bob"]])
        edited = (await sent(client, table.getvalue().encode())).json()
        assert (edited["lineups_given"], edited["lineups_edited"]) == (0, 1)

    tell(story)


BAD = [
    (b"a/b,kids,,", "viewer 'a/b': a name is 1 to 64 letters"),
    ("😀,kids,,".encode(), "viewer '😀': a name is 1 to 64 letters"),
    (b"x" * 10_000 + b",kids,,", "viewer 'xxx"),
    (b"caf\xe9,kids,,", "byte 4 of it is no UTF-8"),
    (b"bob,kids,", "it has 3 cells, and the head 4"),
    (b'bob,"kids,,', "it is no CSV: unexpected end of data"),
    (b'b"o"b,"ki"ds,,', "it is no CSV: "),
    (b"bob,a/b,,", "lineup 'a/b': a name is"),
    (b"bob,other,,", "viewer 'bob': there is no lineup 'other', nor in a row before"),
    (b"bob,,,", "viewer 'bob' has neither a lineup nor clips"),
    (b",new,,", "lineup 'new' has neither clips nor a viewer"),
    (b",,,", "it says nothing"),
    (f",,{A},".encode(), "it names neither a viewer nor a lineup"),
    (b"bob,kids,,yes", "it says what repeats, and has no clips"),
    (f"bob,,{A},perhaps".encode(), "repeats 'perhaps': it is yes or no"),
    (f"d-1,,{A},".encode(), "lineup 'd-1': names that start with 'd-' are those of derived lineups"),
    (b"bob,,film.mp4,", "asset 'film.mp4': an asset id is 32 hexadecimal digits"),
    (f"bob,,{A}:x,".encode(), f"clip '{A}:x': it is ASSET"),
    (f"bob,,{A};,".encode(), "asset '': an asset id is"),
    (f"bob,,{A}:7:9,".encode(), "has no segments 7 to 9"),
    (b"bob,," + b"f" * 32 + b",", f"no asset '{'f' * 32}': it is unknown, or not packaged yet"),
    (b"bob,," + b";".join([A.encode()] * 5001) + b",", "clips: Tuple should have at most 5000 items"),
    (b"bob,," + b"x" * (1 << 20) + b",", "the line is over 1048576 bytes long"),
    (f",kids,{B},".encode(), "lineup 'kids' was something else in row 2"),
    (f"alice,,{B},".encode(), "viewer 'alice' was something else in row 3"),
]


@pytest.mark.parametrize(("row", "says"), BAD, ids=[says for _, says in BAD])
def test_a_bad_row_is_told_by_its_number_and_none_is_applied(tell: Tell, row: bytes, says: str) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        table = b"\n".join([HEAD, f",kids,{A},".encode(), b"alice,kids,,", row, b"alice,kids,,", b""])
        refused = await sent(client, table)
        told = refused.json()
        assert (refused.status_code, told["applied"], told["rows"], told["bad_rows"]) == (400, False, 5, 1)
        assert told["bad"][0]["row"] == 4
        assert says in told["bad"][0]["why"]
        assert len(refused.text) < 2000
        assert [one async for one in catalogue.all_lineups("main")] == []
        assert [one async for one in catalogue.all_viewers("main")] == []
        skipped = (await sent(client, table, skip_bad=True)).json()
        assert (skipped["applied"], skipped["lineups_given"], skipped["viewers"]) == (True, 1, 1)

    tell(story)


@pytest.mark.parametrize(
    ("head", "says"),
    [
        (b"viewer;lineup;clips", "between cells are commas"),
        (b"viewer\tclips", "between cells are commas"),
        ("viewer,clips".encode("utf-16"), "it is no JSON, and byte 1 of it is no UTF-8"),
        (b"alice,kids", "'alice,kids' is neither JSON nor a head of viewer, lineup, clips, repeats"),
        (b"clips", "with viewer or lineup"),
        (b"viewer,viewer", "is neither JSON nor a head"),
        (b"", "'' is neither JSON nor a head"),
        (b"x" * 2_000_000, "row 1: it is no JSON, and the line is over 1048576 bytes long"),
    ],
)  # fmt: skip
def test_a_file_that_begins_with_something_else_is_not_read_on(tell: Tell, head: bytes, says: str) -> None:
    async def story(client: httpx.AsyncClient, _: Catalogue) -> None:
        refused = await sent(client, head + b"\nalice,kids\n", skip_bad=True)
        assert refused.status_code == 400
        assert says in refused.json()["error"]

    tell(story)


def test_rows_are_numbered_as_lines_are() -> None:
    rows = list(read_rows([b"lineup,clips", b"", f"kids,{A}".encode(), b"kids,"]))
    assert [(row.number, [said.line for said in row.said], row.fault) for row in rows] == [
        (3, [LineupLine(id="kids", clips=(ClipRecord(asset=A),))], None),
        (4, [], "lineup 'kids' has neither clips nor a viewer"),
    ]
    [row] = read_rows([b"viewer,lineup", b"alice,"])
    assert row.said[0].line == ViewerLine(name="alice")
    with pytest.raises(BadInput, match="row 1"):
        list(read_rows([b"alice"]))
