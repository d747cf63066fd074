"""A hash page by page: everything once, never more than was asked for."""

import pytest

from storage.catalogue import Catalogue
from storage.errors import BadInput, Conflict, NotFound
from storage.records import ViewerRecord
from tests.storage.catalogues import LINEUP, MAIN, told


@pytest.mark.parametrize(
    "many", [0, 1, 100, 101, 400]
)  # Redis keeps a small hash as a list, and answers with all of it
@pytest.mark.parametrize("limit", [1, 7, 100])
def test_pages_hold_everything_once(redis_url: str, many: int, limit: int) -> None:
    async def story(catalogue: Catalogue) -> None:
        await catalogue.many.put_viewers("main", [ViewerRecord(name=f"v{number}") for number in range(many)])
        seen: list[str] = []
        after: str | None = None
        while True:
            found, after = await catalogue.viewers_page("main", after, limit)
            assert len(found) <= limit
            seen += [viewer.name for viewer in found]
            if after is None:
                break
        assert sorted(seen) == sorted(f"v{number}" for number in range(many))

    told(redis_url, story)


def test_pages_of_names_that_begin_alike_hold_them_once(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        names = [*(f"v{number}" for number in range(2500)), *(f"w.{number}" for number in range(150))]
        await catalogue.many.put_viewers("main", [ViewerRecord(name=name) for name in names])
        seen: list[str] = []
        after: str | None = None
        while True:
            found, after = await catalogue.viewers_page("main", after, 40, "w.")
            assert len(found) <= 40
            seen += [viewer.name for viewer in found]
            if after is None:
                break
        assert sorted(seen) == sorted(name for name in names if name.startswith("w."))
        with pytest.raises(BadInput, match=r"viewer '\*'"):
            await catalogue.viewers_page("main", None, 40, "*")

    told(redis_url, story)


@pytest.mark.parametrize("after", ["", "x", "1", "-1.0", "1.1.1", f"{1 << 64}.0", "é.1", "9" * 400])
def test_what_is_no_place_is_refused(redis_url: str, after: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        with pytest.raises(BadInput, match="it is the `next` of the page before"):
            await catalogue.lineups_page("main", after, 10)

    told(redis_url, story)


def test_a_lineup_is_removed_as_it_was_read_or_not_at_all(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        await catalogue.create_channel(MAIN)
        await catalogue.create_lineup("main", LINEUP)
        changed = LINEUP.model_copy(update={"version": 2})
        await catalogue.replace_lineup("main", changed.model_copy(update={"run_msn": 0}))
        with pytest.raises(Conflict, match="is at version 2"):
            await catalogue.remove_lineup("main", LINEUP)
        await catalogue.remove_lineup("main", changed)
        with pytest.raises(NotFound):
            await catalogue.lineup("main", "kids")
        await catalogue.remove_lineup("main", changed)  # its answer was lost
        changes = (await catalogue.changes("main", "")).entries
        assert changes[-1] == ("lineup", "kids")
        assert len(changes) == 4

    told(redis_url, story)
