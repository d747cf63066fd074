import asyncio

import pytest

from manifest_server.onair import remembered
from manifest_server.onair.remembered import Remembered
from storage.errors import NotFound, Unavailable
from tests.onair.sources import Source, told


def test_a_value_is_loaded_again_only_when_its_term_is_over() -> None:
    async def story(source: Source) -> None:
        kept = source.remembered()
        assert await kept.get("a") == "a:one"
        source.value, source.now_s = "two", 0.9
        assert await kept.get("a") == "a:one"
        source.now_s = 1.0
        assert await kept.get("a") == "a:two"
        assert source.loads == 2

    told(story)


def test_a_value_that_changed_is_loaded_before_its_next_use() -> None:
    async def story(source: Source) -> None:
        kept = source.remembered()
        await kept.get("a")
        await kept.get("b")
        source.value = "two"
        kept.changed("a")
        assert [await kept.get("a"), await kept.get("b"), source.loads] == ["a:two", "b:one", 3]

    told(story)


@pytest.mark.parametrize("known", [False, True])
def test_what_changes_while_it_is_loaded_is_loaded_again(known: bool) -> None:
    async def story(source: Source) -> None:
        kept = source.remembered()
        if known:
            await kept.get("a")
            kept.changed("a")
        source.gate.clear()
        asking = asyncio.create_task(kept.get("a"))
        await asyncio.sleep(0.01)  # it has been read, but the answer is not here
        source.value = "two"
        kept.changed("a")
        source.gate.set()
        assert await asking == "a:two"
        assert await kept.get("a") == "a:two"
        assert source.loads == 2 + known

    told(story)


def test_what_never_rests_is_given_as_it_was_last() -> None:
    async def story(source: Source) -> None:
        kept: Remembered[str, str]

        async def load(key: str) -> str:
            source.loads += 1
            kept.changed(key)
            return f"{key}:{source.loads}"

        kept = Remembered(load, source.term, limit=9, reach=source.reach, gate=asyncio.Semaphore(9))
        assert [await kept.get("a"), await kept.get("a")] == ["a:5", "a:10"]

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


def test_when_all_has_changed_no_more_is_loaded_at_once_than_the_gate_lets_through() -> None:
    async def story(source: Source) -> None:
        kept = source.remembered(limit=500, gate=8)
        keys = [str(number) for number in range(500)]
        for key in keys:
            await kept.get(key)
            kept.changed(key)
        source.most_at_once = 0
        source.gate.clear()
        asking = [asyncio.create_task(kept.get(key)) for key in keys for _ in range(3)]
        await asyncio.sleep(0.01)
        source.gate.set()
        await asyncio.gather(*asking)
        assert (source.most_at_once, source.loads) == (8, 1000)

    told(story)


def test_what_is_remembered_goes_on_when_a_load_fails() -> None:
    async def story(source: Source) -> None:
        kept = source.remembered()
        await kept.get("a")
        kept.changed("a")
        source.error = Unavailable("gone")
        for _ in range(100):
            assert await kept.get("a") == "a:one"
        assert source.loads == 2  # not once for every request
        with pytest.raises(Unavailable):
            await kept.get("b")

    told(story)


def test_when_the_catalogue_is_known_to_be_gone_nobody_asks_it() -> None:
    async def story(source: Source) -> None:
        kept = source.remembered()
        await kept.get("a")
        source.error = NotFound("no x")
        with pytest.raises(NotFound):
            await kept.get("x")
        source.error = None
        source.reach.lost()
        source.now_s = 5
        kept.changed("a")
        assert [await kept.get("a") for _ in range(100)] == ["a:one"] * 100
        for unknown in ("b", "x"):  # what was not found before may be there now: nobody can say
            with pytest.raises(Unavailable, match="has not answered for 5 s"):
                await kept.get(unknown)
        assert source.loads == 2
        source.reach.found()
        source.value = "two"
        assert [await kept.get("a"), await kept.get("b")] == ["a:two", "b:two"]

    told(story)


def test_who_waits_for_a_first_load_is_told_as_soon_as_the_catalogue_is_gone() -> None:
    async def story(source: Source) -> None:
        kept = source.remembered()
        source.gate.clear()
        asking = asyncio.create_task(kept.get("a"))
        await asyncio.sleep(0)
        source.reach.lost()
        with pytest.raises(Unavailable):
            await asyncio.wait_for(asking, 1)  # not FIRST_LOAD_S
        source.gate.set()

    told(story)


def test_loads_that_wait_for_their_turn_are_not_begun_when_the_catalogue_is_gone() -> None:
    async def story(source: Source) -> None:
        kept = source.remembered(gate=8)
        source.gate.clear()
        asking = [asyncio.create_task(kept.get(str(number))) for number in range(100)]
        await asyncio.sleep(0.01)
        source.reach.lost()
        answers = await asyncio.gather(*asking, return_exceptions=True)
        assert all(isinstance(answer, Unavailable) for answer in answers)
        source.gate.set()
        await asyncio.sleep(0.01)
        assert source.loads == 8  # those whose turn it was already

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
        with pytest.raises(Unavailable, match=r"did not answer within 0\.01 s"):
            await kept.get("b")
        # When it comes back, what was asked for meanwhile has arrived.
        source.value = "two"
        source.gate.set()
        source.now_s = 10
        assert await kept.get("a") == "a:one"  # as it was when it was asked for
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


def test_an_unknown_name_is_asked_for_once_a_second_or_when_it_is_said_to_have_come() -> None:
    async def story(source: Source) -> None:
        kept = source.remembered()
        source.error = NotFound("no a")
        for now_s, loads in ((0.0, 1), (0.9, 1), (1.0, 2), (1.9, 2)):
            source.now_s = now_s
            for _ in range(20):
                with pytest.raises(NotFound, match="no a"):
                    await kept.get("a")
            assert source.loads == loads
        source.error = None
        kept.appeared("a")
        assert await kept.get("a") == "a:one"

    told(story)


def test_unknown_names_push_nothing_out_and_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "MISSING_KEPT", 3)

    async def story(source: Source) -> None:
        kept = source.remembered(limit=2)
        await kept.get("a")
        source.error = NotFound("no")
        for number in range(9):
            with pytest.raises(NotFound):
                await kept.get(str(number))
        with pytest.raises(NotFound):
            await kept.get("8")
        assert source.loads == 10
        with pytest.raises(NotFound):
            await kept.get("0")  # forgotten
        assert source.loads == 11
        assert await kept.get("a") == "a:one"

    told(story)


def test_more_first_loads_than_can_wait_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "LOADS_WAITING", 3)

    async def story(source: Source) -> None:
        kept = source.remembered()
        source.gate.clear()
        asking = [asyncio.create_task(kept.get(key)) for key in "abc"]
        await asyncio.sleep(0)
        with pytest.raises(Unavailable, match="too much at once"):
            await kept.get("d")
        source.gate.set()
        await asyncio.gather(*asking)
        assert await kept.get("d") == "d:one"

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
