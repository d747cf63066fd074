"""The audit trail on a real Redis: written with the change, once, bounded, read page by page."""

import asyncio

import pytest
from redis import Redis
from redis.crc import key_slot

from storage import keys
from storage.audit import LISTED, Deed, doing, note
from storage.audit_records import CHANGED_LIMIT, AuditEntry
from storage.catalogue import Catalogue
from storage.errors import BadInput, Conflict, NotFound, Unavailable
from storage.programme import Edit, Moment
from storage.records import LineupRecord, PoolRevision, ViewerRecord
from storage.trial import Trial
from tests.storage.catalogues import LINEUP, MAIN, told
from tests.storage.proxy import cutting_proxy

CLIP = "0" * 32
NEWS = Moment.model_validate({"id": "news", "at_ms": 1_800_000_000_000, "clips": [CLIP]})


async def trail(catalogue: Catalogue) -> list[AuditEntry]:
    """The newest first."""
    return (await catalogue.audit.page("main", None, 100))[0]


def test_a_change_is_noted_with_who_why_and_what_was_before(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        with doing(Deed("ann", "create_channel")):
            await catalogue.create_channel(MAIN)
        with doing(Deed("bob", "add_moment", "the kick-off")):
            changed = MAIN.model_copy(update={"version": 2, "moments": (NEWS,), "public": False})
            await catalogue.replace_channel(changed, before=MAIN)
        made, then = reversed(await trail(catalogue))
        assert (made.who, made.verb, made.kind, made.name, made.version) == (
            "ann", "create_channel", "channel", "main", 1,
        )  # fmt: skip
        assert made.text.startswith("channel main made: revisions with tick 0")
        assert (then.who, then.verb, then.why, then.version) == ("bob", "add_moment", "the kick-off", 2)
        assert then.text == "channel main: public was true, is false; moments with news"
        assert then.changed["public"].model_dump() == {
            "before": True,
            "after": False,
            "parts": False,
            "at": (),
            "cut": False,
        }
        assert then.changed["moments"].model_dump() == {
            "before": [],
            "after": [{"id": "news", "at_ms": 1_800_000_000_000, "clips": [{"asset": CLIP}]}],
            "parts": True,
            "at": (),
            "cut": False,
        }
        assert 0 <= await catalogue.redis_ms() - then.at_ms < 60_000

    told(redis_url, story)


def test_what_is_refused_is_not_noted(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        await catalogue.create_channel(MAIN)
        await catalogue.create_lineup("main", LINEUP)
        before = await trail(catalogue)
        with pytest.raises(Conflict):
            await catalogue.create_channel(MAIN.model_copy(update={"public": False}))
        with pytest.raises(Conflict):
            await catalogue.replace_channel(MAIN.model_copy(update={"version": 3}), before=MAIN)
        with pytest.raises(Unavailable):
            await catalogue.replace_channel(MAIN.model_copy(update={"version": 2, "public": False}), 1, MAIN)
        with pytest.raises(Conflict):
            await catalogue.replace_lineup("main", LINEUP.model_copy(update={"version": 2, "run_msn": 9}))
        assert await trail(catalogue) == before

    told(redis_url, story)


def test_a_viewer_and_a_lineup_leave_their_marks_and_nothing_that_changes_nothing(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        await catalogue.create_lineup("main", LineupRecord(id="d-" + "0" * 24))  # says nothing yet
        await catalogue.create_lineup("main", LINEUP)
        ann = ViewerRecord(name="ann", lineup="kids")
        for _ in range(2):
            await catalogue.put_viewer("main", ann, ViewerRecord(name="ann"))
        await catalogue.remove_lineup("main", LINEUP)
        assert [one.text for one in await trail(catalogue)] == [
            "lineup kids taken away",
            "viewer ann: lineup was null, is kids",
            "lineup kids made: parts with start 0",
        ]

    told(redis_url, story)


def test_a_write_whose_answer_is_lost_is_noted_once(redis_url: str) -> None:
    async def story() -> list[AuditEntry]:
        changed = MAIN.model_copy(update={"version": 2, "public": False})
        async with cutting_proxy(redis_url, b'"version":2') as (url, cut), Catalogue.connect(url) as catalogue:
            await catalogue.create_channel(MAIN)
            await catalogue.replace_channel(changed, before=MAIN)
            assert cut.is_set()
            return await trail(catalogue)

    assert [one.version for one in asyncio.run(story())] == [2, 1]


def test_all_keys_of_a_script_are_in_one_slot() -> None:
    for channel in ("main", "assets"):
        assert key_slot(keys.audit_key(channel).encode()) == key_slot(keys.channel_key(channel).encode())


def test_an_entry_is_bounded_and_says_what_it_has_left_out(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        await catalogue.create_channel(MAIN)
        long = PoolRevision(tick=9, assets=tuple(f"{number:032x}" for number in range(1000)))
        revisions = (*MAIN.revisions, long)
        await catalogue.replace_channel(
            MAIN.model_copy(update={"version": 2, "public": False, "revisions": revisions}), before=MAIN
        )
        newest = (await trail(catalogue))[0]
        assert newest.changed["revisions"].cut
        assert newest.changed["revisions"].after == [{"tick": 9}]
        assert newest.changed["public"].after is False
        assert len(newest.stored()) < CHANGED_LIMIT + 2000

    told(redis_url, story)


def test_the_trail_comes_in_pages_and_by_id(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        names = [f"v{number}" for number in range(5)]
        for name in names:
            await catalogue.put_viewer("main", ViewerRecord(name=name, lineup="kids"))
        found, after = [], None
        while True:
            page, after = await catalogue.audit.page("main", after, 2)
            found += page
            if after is None:
                break
        assert [one.name for one in found] == names[::-1]
        assert await catalogue.audit.entry("main", found[1].id) == found[1]
        assert await catalogue.audit.since("main", found[1].id, 9) == found[:1]
        with pytest.raises(NotFound, match="no entry '1-1'"):
            await catalogue.audit.entry("main", "1-1")
        with pytest.raises(BadInput, match="audit entry 'x'"):
            await catalogue.audit.page("main", "x", 2)

    told(redis_url, story)


def test_an_import_does_not_drive_the_rest_out() -> None:
    with doing(Deed("ann", "import_channel")):
        notes = [note("viewer", f"v{n}", None, ViewerRecord(name=f"v{n}", lineup="kids")) for n in range(30_000)]
    assert sum(map(bool, notes)) == LISTED + 9 + 3  # up to 9,000 every thousandth, then 10,000, 20,000 and 30,000
    assert "change 30000 of many, not all of which are listed" in notes[-1]


def test_a_trial_changes_nothing_and_reads_as_if_it_had(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        await catalogue.create_channel(MAIN)
        trial = Trial(catalogue.link)
        changed = MAIN.model_copy(update={"version": 2, "edits": (Edit(id="x", tick=5, drop=1),)})
        await trial.replace_channel(changed, before=MAIN)
        await trial.create_lineup("main", LINEUP)
        await trial.put_viewer("main", ViewerRecord(name="ann", lineup="kids"))
        assert await trial.channel("main") == changed
        assert await trial.lineup("main", "kids") == LINEUP
        assert (await trial.viewer("main", "ann")) == ViewerRecord(name="ann", lineup="kids")
        with pytest.raises(Conflict, match="exists already"):
            await trial.create_lineup("main", LINEUP)
        with pytest.raises(NotFound, match="no lineup 'other'"):
            await trial.replace_lineup("main", LineupRecord(id="other", version=2))
        assert await catalogue.channel("main") == MAIN
        assert await catalogue.overlay("main", "kids") is None
        assert await catalogue.viewer("main", "ann") is None
        assert len(await trail(catalogue)) == 1

    told(redis_url, story)
    with Redis.from_url(redis_url) as redis:
        assert sorted(redis.keys("streamsync:{main}:*")) == [
            b"streamsync:{main}:audit", b"streamsync:{main}:changes", b"streamsync:{main}:channel",
        ]  # fmt: skip
