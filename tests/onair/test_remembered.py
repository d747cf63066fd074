import asyncio
from collections.abc import Awaitable, Callable

import pytest

from manifest_server.onair import remembered
from manifest_server.onair.remembered import Remembered
from storage.errors import NotFound, Unavailable


class Source:
    """A catalogue of one value that can go away, with a clock."""

    def __init__(self) -> None:
        self.value, self.loads, self.now_s = "one", 0, 0.0
        self.error: Exception | None = None
        self.gate = asyncio.Event()
        self.gate.set()

    async def load(self, key: str) -> str:
        self.loads += 1
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        return f"{key}:{self.value}"

    def remembered(self, limit: int = 10) -> Remembered[str, str]:
        return Remembered(self.load, limit=limit, fresh_s=1.0, clock=lambda: self.now_s)


def told(story: Callable[[Source], Awaitable[None]]) -> None:
    async def whole() -> None:
        await story(Source())

    asyncio.run(whole())


def test_a_value_is_loaded_again_only_when_it_is_no_longer_fresh() -> None:
    async def story(source: Source) -> None:
        kept = source.remembered()
        assert await kept.get("a") == "a:one"
        source.value, source.now_s = "two", 0.9
        assert await kept.get("a") == "a:one"
        source.now_s = 1.0
        assert await kept.get("a") == "a:two"
        assert source.loads == 2

    told(story)


def test_an_equal_value_stays_the_same_object() -> None:
    async def story(source: Source) -> None:
        kept = source.remembered()
        before = await kept.get("a")
        source.now_s = 5
        assert await kept.get("a") is before
        assert source.loads == 2

    told(story)


def test_many_that_ask_at_once_cause_one_load() -> None:
    async def story(source: Source) -> None:
        kept = source.remembered()
        source.gate.clear()
        asking = [asyncio.create_task(kept.get("a")) for _ in range(50)]
        await asyncio.sleep(0)
        source.gate.set()
        assert set(await asyncio.gather(*asking)) == {"a:one"}
        assert source.loads == 1

    told(story)


def test_what_is_remembered_goes_on_when_the_catalogue_is_gone() -> None:
    async def story(source: Source) -> None:
        kept = source.remembered()
        await kept.get("a")
        source.error, source.now_s = Unavailable("gone"), 5
        for _ in range(100):
            assert await kept.get("a") == "a:one"
        assert source.loads == 2  # not once for every request
        with pytest.raises(Unavailable):
            await kept.get("b")

    told(story)


def test_nobody_waits_long_for_a_catalogue_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "PATIENCE_S", 0.01)
    monkeypatch.setattr(remembered, "FIRST_LOAD_S", 0.01)

    async def story(source: Source) -> None:
        kept = source.remembered()
        await kept.get("a")
        source.gate.clear()
        source.now_s = 5
        assert await kept.get("a") == "a:one"
        with pytest.raises(Unavailable, match="did not answer"):
            await kept.get("b")
        # When it comes back, what was asked for meanwhile has arrived.
        source.value = "two"
        source.gate.set()
        source.now_s = 10
        assert await kept.get("a") == "a:two"

    told(story)


def test_what_is_gone_is_forgotten() -> None:
    async def story(source: Source) -> None:
        kept = source.remembered()
        await kept.get("a")
        source.error, source.now_s = NotFound("no a"), 5
        with pytest.raises(NotFound):
            await kept.get("a")
        assert len(kept) == 0

    told(story)


def test_the_least_recently_used_is_given_up() -> None:
    async def story(source: Source) -> None:
        kept = source.remembered(limit=2)
        for key in ("a", "b", "a", "c", "a"):
            await kept.get(key)
        assert (len(kept), source.loads) == (2, 3)
        await kept.get("b")
        assert source.loads == 4

    told(story)
