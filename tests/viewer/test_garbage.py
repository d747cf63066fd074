"""What a server's collections of garbage look through, and what they free."""

import gc
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from manifest_server.viewer.app import application
from manifest_server.viewer.garbage import short_collections
from storage.settings import Settings
from tests.stage import forget_doors


class Plain:
    """An object."""


class Ring(Plain):
    """One that refers to itself: only a collection frees it."""

    def __init__(self) -> None:
        self.me = self


@pytest.fixture(autouse=True)
def _when_told() -> Iterator[None]:
    """Collections are made by the test alone."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()
    gc.freeze()  # as it was, for the tests that follow


def test_what_outlives_a_collection_is_not_looked_through_again() -> None:
    with short_collections():
        kept = [Ring() for _ in range(1000)]
        gc.collect(1)
        assert gc.get_freeze_count() > 1000
        assert not any(isinstance(one, Ring) for one in gc.get_objects())
        assert len(kept) == 1000
    assert gc.get_freeze_count() == 0


def test_what_was_put_aside_is_freed_when_nobody_refers_to_it() -> None:
    with short_collections():
        kept = Plain()
        seen = weakref.ref(kept)
        gc.collect(1)
        del kept
        assert seen() is None


def test_rings_that_die_young_are_freed() -> None:
    with short_collections():
        seen = weakref.ref(Ring())
        gc.collect(1)
        assert seen() is None


def test_all_is_searched_when_there_is_twice_as_much() -> None:
    with short_collections(least=1, look_every=2):
        ring = Ring()
        seen = weakref.ref(ring)
        gc.collect(1)
        del ring
        gc.collect(1)  # now it is looked how much there is: more than 1
        assert gc.get_freeze_count() == 0
        assert seen() is not None
        gc.collect()
        assert seen() is None
        assert gc.get_freeze_count() > 1
        gc.collect(1)
        gc.collect(1)
        assert gc.get_freeze_count() > 1  # it was looked again, and there is not twice as much


def test_an_application_that_has_ended_is_freed(tmp_path: Path) -> None:
    app = application(Settings(data=tmp_path, token=SecretStr("secret")), "redis://127.0.0.1:1")
    seen = weakref.ref(app.state.lane.playlists.channels)  # the API's doors lead to them
    del app
    forget_doors()
    gc.collect()
    assert seen() is None
