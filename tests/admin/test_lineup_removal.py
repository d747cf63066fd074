"""A given lineup is taken away only while nobody is on it, whoever is assigned meanwhile."""

import asyncio
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from manifest_server.admin import actions
from storage.catalogue import Catalogue
from storage.clips import ClipRecord
from storage.errors import Conflict, NotFound
from storage.records import ViewerRecord
from tests.stage import asset, on_air
from tests.storage.catalogues import told

A = asset(1)
CLIPS = [ClipRecord(asset=A.id)]


class Slow:
    """A catalogue that takes its turns before it does something."""

    def __init__(self, catalogue: Catalogue, turns: list[int]) -> None:
        self._catalogue = catalogue
        self._turns = turns

    def __getattr__(self, name: str) -> object:
        found = getattr(self._catalogue, name)
        if name == "viewers_on":
            return found

        async def later(*args: object) -> object:
            for _ in range(self._turns.pop() if self._turns else 0):
                await self._catalogue.ping()
            return await found(*args)

        return later


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 4), max_size=8), st.lists(st.integers(0, 4), max_size=8))
def test_nobody_is_ever_left_on_a_lineup_that_is_gone(
    redis_url: str, of_removal: list[int], of_assignment: list[int]
) -> None:
    async def story(catalogue: Catalogue) -> None:
        try:
            await on_air(catalogue, A)
        except Conflict:
            await catalogue.put_viewer("main", ViewerRecord(name="alice"))
        with suppress(Conflict):  # the example before kept it
            await actions.give_lineup(catalogue, "main", "kids", CLIPS, repeats=True)
        removed, assigned = await asyncio.gather(
            actions.remove_lineup(Slow(catalogue, of_removal), "main", "kids"),  # type: ignore[arg-type]
            actions.assign_viewer(Slow(catalogue, of_assignment), "main", "alice", "kids"),  # type: ignore[arg-type]
            return_exceptions=True,
        )
        viewer = await catalogue.viewer("main", "alice")
        there = [lineup.id async for lineup in catalogue.all_lineups("main")]
        assert isinstance(removed, Conflict | None)
        assert isinstance(assigned, NotFound | ViewerRecord)
        assert viewer is None or viewer.lineup is None or there == ["kids"]
        assert (removed is None) == (there == [])
        assert isinstance(assigned, NotFound) == (viewer is None or viewer.lineup is None)

    told(redis_url, story)


def test_who_still_plays_it_is_told_that_it_is_gone(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        await on_air(catalogue, A)
        await actions.give_lineup(catalogue, "main", "kids", CLIPS, repeats=True)
        await actions.assign_viewer(catalogue, "main", "alice", "kids")
        with pytest.raises(Conflict, match="lineup 'kids' of channel 'main': viewer 'alice' is on it"):
            await actions.remove_lineup(catalogue, "main", "kids")
        await actions.assign_viewer(catalogue, "main", "alice", None)
        await actions.remove_lineup(catalogue, "main", "kids", version=1)
        with pytest.raises(NotFound, match="no lineup 'kids' of channel 'main'"):
            await actions.remove_lineup(catalogue, "main", "kids")
        with pytest.raises(NotFound, match="no lineup 'kids' of channel 'main'"):
            await actions.assign_viewer(catalogue, "main", "alice", "kids")

    told(redis_url, story)
