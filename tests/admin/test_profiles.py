"""What is known of viewers: changed, taken in from files of which a bad row is told, given out, by both doors."""

import asyncio
import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner, Result

from manifest_server.admin import bulk_names, profiles
from manifest_server.admin.profile_lines import profile_rows
from manifest_server.admin.profiles import change_profile, import_profiles, note_watched
from manifest_server.programming.pool import derived_id
from storage.catalogue import Catalogue
from storage.errors import BadInput
from storage.profile_records import ProfileRecord
from streamsync.cli import app
from tests.admin.api_stories import CHANNELS, A, B, Tell, teller
from tests.storage.catalogues import told

PROFILES = f"{CHANNELS}/main/profiles"
ROWS = b"""{"viewer":"alice","likes":{"Kids":0.5}}

{"viewer":"bob","most_rating":12}
"""
CSV = f"""\ufeffviewer,likes,no_tags,most_rating,history
alice,Sci  Fi=0.5; sport=-1,news;crime,12,{A}=0.9;{B}=0
"bob",,,,
""".encode()


@pytest.fixture
def tell(redis_url: str, tmp_path: Path) -> Tell:
    async def ready(client: httpx.AsyncClient, _: Catalogue) -> None:
        assert (await client.post(CHANNELS, json={"name": "main"})).status_code == 201

    tell = teller(redis_url, tmp_path)
    tell(ready)
    return tell


def test_a_profile_is_changed_shown_and_forgotten(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, _: Catalogue) -> None:
        alice = f"{PROFILES}/alice"
        assert (await client.get(alice)).status_code == 404
        await client.patch(alice, json={"likes": {"Kids": 0.5, "news": -1}, "most_rating": 12})
        said = (await client.patch(alice, json={"likes": {"NEWS": None, "sport": 1}, "no_tags": ["Crime"]})).json()
        assert said["likes"] == {"kids": 0.5, "sport": 1}
        assert (said["no_tags"], said["most_rating"], said["viewer"]) == (["crime"], 12, "alice")
        assert said["lineup"] == derived_id("main", "alice")
        for asset, part in ((A, 0.5), (B, 1), (A, 0.75)):
            seen = (await client.post(f"{alice}/watched", json={"asset": asset, "part": part})).json()
        assert seen["history"] == [[B, 1.0], [A, 0.75]]
        assert seen["version"] != said["version"]
        assert (await client.get(alice)).json() == seen
        assert [(await client.delete(alice)).status_code for _ in range(2)] == [204, 204]
        assert (await client.get(alice)).json() == {"error": "nothing is known of viewer 'alice' of channel 'main'"}

    tell(story)


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "says"),
    [
        ("PATCH", "alice", {"likes": {"kids": 2}}, 400, "likes.kids: Input should be less than or equal to 1"),
        ("PATCH", "alice", {"likes": {" ": 1}}, 400, "1 to 64 printable characters"),
        ("PATCH", "alice", {"colour": "red"}, 400, "colour"),
        ("PATCH", "alice", {"without": ["x"]}, 400, "an asset id is 32 hexadecimal digits"),
        ("PATCH", "%F0%9F%92%A9", {"likes": {}}, 400, "a name is 1 to 64 letters"),
        ("GET", "a%2Fb", None, 404, "nothing is at '/api/v1/channels/main/profiles/a/b'"),
        ("POST", "alice/watched", {"asset": "f" * 32, "part": 1}, 404, "no asset"),
        ("POST", "alice/watched", {"asset": A, "part": 1.5}, 400, "part"),
    ],
)
def test_what_cannot_be_known_is_told(
    tell: Tell, method: str, path: str, body: object, status: int, says: str
) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        answer = await client.request(method, f"{PROFILES}/{path}", json=body)
        assert answer.status_code == status
        assert says in answer.json()["error"]
        assert await catalogue.profiles.count("main") == 0

    tell(story)


def test_changes_at_once_are_all_kept(redis_url: str, tell: Tell) -> None:
    async def story(catalogue: Catalogue) -> None:
        tags = [f"t{n}" for n in range(4)]
        await asyncio.gather(
            *(change_profile(catalogue, "main", "alice", {"likes": {tag: 1}}) for tag in tags),
        )
        found = await catalogue.profiles.of("main", "alice")
        assert found is not None
        assert sorted(found.likes) == tags

    told(redis_url, story)


def test_only_the_latest_of_what_was_watched_is_kept(redis_url: str, tell: Tell) -> None:
    old = tuple((f"{n:032x}", 1.0) for n in range(100, 300))

    async def story(catalogue: Catalogue) -> None:
        await catalogue.profiles.put_all("main", {"alice": ProfileRecord(history=old)})
        known = await note_watched(catalogue, "main", "alice", A, 0.5)
        assert known.history == (*old[1:], (A, 0.5))

    told(redis_url, story)


def test_rows_of_json_and_of_csv_are_read_alike() -> None:
    assert [(row.number, row.viewer, row.profile, row.fault) for row in profile_rows(ROWS.splitlines())] == [
        (1, "alice", ProfileRecord(likes={"kids": 0.5}), None),
        (3, "bob", ProfileRecord(most_rating=12), None),
    ]
    assert [(row.number, row.viewer, row.profile, row.fault) for row in profile_rows(CSV.splitlines())] == [
        (
            2, "alice",
            ProfileRecord(
                likes={"sci fi": 0.5, "sport": -1}, no_tags=("crime", "news"), most_rating=12,
                history=((A, 0.9), (B, 0)),
            ),
            None,
        ),
        (3, "bob", ProfileRecord(), None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (b"{", "it is no JSON"),
        (b"{" * 100_000, "it is no JSON"),
        (b'{"likes":{}}', 'no object with a "viewer"'),
        (b'{"viewer":7}', 'no object with a "viewer"'),
        (b'{"viewer":"a/b"}', "a name is 1 to 64"),
        (b'{"viewer":"a","likes":{"x":5}}', "likes.x: Input should be less than or equal to 1"),
        (b'{"viewer":"a","colour":1}', "colour: Extra inputs are not permitted"),
        (b'{"viewer":"' + b"x" * (1 << 18) + b'"}', "the line is over 262144 bytes long"),
        (b"alice,kids=0.5", "neither JSON nor a head"),
        (b"\xff\xfe", "no CSV in UTF-8"),
    ],
    ids=lambda value: "" if isinstance(value, bytes) else value,
)
def test_a_row_that_is_none_says_why(row: bytes, says: str) -> None:
    [found] = profile_rows([row])
    assert found.fault is not None
    assert says in found.fault
    assert len(found.fault) < 400


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("alice", "it has 1 cells, and the head 2"),
        ("alice,kids", "it is NAME=NUMBER"),
        (",kids=1", "names no viewer"),
    ],
)
def test_a_row_of_csv_that_is_none_says_why(row: str, says: str) -> None:
    [found] = profile_rows([b"viewer,likes", row.encode()])
    assert (found.number, says in str(found.fault)) == (2, True)


def some(count: int) -> Iterator[bytes]:
    """Rows, three of which are bad."""
    bad = {count // 7: b'{"viewer":"a/b"}', count // 2: b"nonsense", count: b'{"viewer":"x","likes":{"t":9}}'}
    for number in range(1, count + 1):
        yield bad.get(number, b'{"viewer":"v%d","likes":{"kids":0.5}}' % number)


@pytest.mark.slow
def test_of_many_rows_three_bad_ones_are_named_and_none_is_stored_in_little_memory(
    redis_url: str, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_names, "_RUN", 1000)  # names in memory: half a million are not "little", but constant

    async def story(catalogue: Catalogue) -> None:
        tracemalloc.start()
        try:
            done = await import_profiles(catalogue, "main", lambda: some(70_000))
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert (done.rows, done.bad_rows, done.applied, done.stored) == (70_000, 3, False, 0)
        assert list(done.bad) == [10_000, 35_000, 70_000]
        assert done.bad[35_000] == "it is no JSON"
        assert await catalogue.profiles.count("main") == 0
        assert peak < 2 << 20
        done = await import_profiles(catalogue, "main", lambda: some(700), skip_bad=True)
        assert (done.rows, done.bad_rows, done.applied, done.stored) == (700, 3, True, 697)
        assert await catalogue.profiles.count("main") == 697

    told(redis_url, story)


def test_a_viewer_who_is_twice_something_else_is_a_bad_row(redis_url: str, tell: Tell) -> None:
    rows = [b'{"viewer":"%b","most_rating":%d}' % (viewer, most) for viewer, most in
            ((b"alice", 6), (b"bob", 6), (b"alice", 12), (b"bob", 6), (b"alice", 6), (b"alice", 18))]  # fmt: skip
    bad = {3: "viewer 'alice' was something else in row 1", 6: "viewer 'alice' was something else in row 1"}

    async def story(catalogue: Catalogue) -> None:
        done = await import_profiles(catalogue, "main", lambda: iter(rows))
        assert (done.rows, done.bad_rows, done.bad, done.applied, done.stored) == (6, 2, bad, False, 0)
        done = await import_profiles(catalogue, "main", lambda: iter(rows), skip_bad=True)
        assert (done.rows, done.bad_rows, done.bad, done.applied, done.stored) == (6, 2, bad, True, 2)
        assert await catalogue.profiles.of("main", "alice") == ProfileRecord(most_rating=6)

    told(redis_url, story)


def test_a_file_in_which_too_many_are_twice_is_given_up(
    redis_url: str, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(profiles, "TWICE_LIMIT", 2)
    rows = [b'{"viewer":"alice","most_rating":%d}' % most for most in (6, 7, 8, 9)]

    async def story(catalogue: Catalogue) -> None:
        with pytest.raises(BadInput, match="over 2 rows say something else of a viewer"):
            await import_profiles(catalogue, "main", lambda: iter(rows), skip_bad=True)
        assert await catalogue.profiles.count("main") == 0

    told(redis_url, story)


def test_the_api_takes_all_or_none_and_gives_them_out(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        answer = await client.post(PROFILES, content=ROWS + b'{"viewer":"a b"}\n')
        assert answer.status_code == 400
        assert (answer.json()["bad_rows"], answer.json()["bad"][0]["row"]) == (1, 4)
        assert answer.json()["error"].startswith("nothing was changed: 1 of 3 rows are bad: row 4: viewer 'a b'")
        assert await catalogue.profiles.count("main") == 0
        answer = await client.post(f"{PROFILES}?skip_bad=true", content=ROWS + b'{"viewer":"a b"}\n')
        assert (answer.status_code, answer.json()["stored"], answer.json()["bad_rows"]) == (200, 2, 1)
        lines = (await client.get(PROFILES)).text.splitlines()
        assert sorted(lines) == ['{"viewer":"alice","likes":{"kids":0.5}}', '{"viewer":"bob","most_rating":12}']
        assert (await client.get(f"{CHANNELS}/other/profiles")).status_code == 404
        assert (await client.post(f"{CHANNELS}/other/profiles", content=ROWS)).status_code == 404

    tell(story)


def test_the_command_line_does_the_same(
    redis_url: str, tell: Tell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STREAMSYNC_REDIS_URL", redis_url)
    monkeypatch.setenv("STREAMSYNC_DATA", str(tmp_path))

    def run(*words: str, code: int = 0, sent: bytes = b"") -> Result:
        result = CliRunner().invoke(app, ["profile", *words], input=sent)
        if result.exception is None or isinstance(result.exception, SystemExit):
            assert result.exit_code == code, result.output
        return result

    assert "2 profiles stored, of 2 rows" in run("import", sent=ROWS).stderr
    assert "row 1: it is neither JSON" in run("import", code=2, sent=b"alice").stderr
    known = json.loads(run("like", "alice", "kids=", "sport=-1", "--most-rating", "6", "--json").stdout)
    assert (known["likes"], known["most_rating"]) == ({"sport": -1.0}, 6)
    assert json.loads(run("watched", "alice", A, "0.5", "--json").stdout)["history"] == [[A, 0.5]]
    assert "at most 6" in run("show", "alice").stdout
    run("forget", "bob")
    run("export", str(tmp_path / "out.jsonl"))
    assert [json.loads(line)["viewer"] for line in (tmp_path / "out.jsonl").read_text().splitlines()] == ["alice"]
    assert "it is TAG=NUMBER" in str(run("like", "alice", "kids").exception)


def test_the_audit_trail_has_an_import_as_one_entry(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, _: Catalogue) -> None:
        content = b"".join(b'{"viewer":"v%d","likes":{"kids":1}}\n' % number for number in range(600))
        await client.post(PROFILES, content=b"x", params={"why": "refused"})
        await client.post(PROFILES, content=content, params={"why": "the new model"})
        newest, before = (await client.get(f"{CHANNELS}/main/audit")).json()["entries"][:2]
        assert (newest["who"], newest["verb"], newest["why"]) == ("owner", "import_profiles", "the new model")
        assert (newest["kind"], newest["name"], newest["text"]) == (
            "profiles",
            "main",
            "profiles: 600 rows are stored",
        )
        assert before["verb"] == "create_channel"
        undo = await client.post(f"{CHANNELS}/main/undo", json={"entry": newest["id"]})
        assert undo.status_code == 409
        assert "of which nothing is kept" in undo.json()["error"]
        newest = await client.post(f"{CHANNELS}/main/undo", json={})  # of those that can be taken back
        assert "a channel that was made stays" in newest.json()["error"]

    tell(story)
