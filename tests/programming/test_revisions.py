from manifest_server.programming.revisions import amended, revised
from storage.programme import Rules
from storage.records import PoolRevision

RULES = Rules(order="weighted", spacing={"kids": 2})
FIRST = PoolRevision(
    tick=0, assets=("a", "b", "c"), rules=RULES, tags={"kids": (0, 2)}, ratings=(0, 6, 12), filler=("i", "j")
)


def test_what_a_change_does_not_touch_goes_along() -> None:
    assert revised(FIRST, 90) == FIRST.model_copy(update={"tick": 90})
    assert revised(FIRST, 90, filler=()) == FIRST.model_copy(update={"tick": 90, "filler": ()})


def test_with_other_assets_those_that_stay_keep_their_tags_and_ratings() -> None:
    changed = revised(FIRST, 90, assets=("c", "d", "a"))
    assert changed == PoolRevision(
        tick=90, assets=("c", "d", "a"), rules=RULES, tags={"kids": (0, 2)}, ratings=(12, 21, 0), filler=("i", "j")
    )
    assert revised(FIRST, 90, assets=("b",)).tags == {"kids": ()}


def test_tags_and_ratings_that_are_told_with_the_assets_count() -> None:
    changed = revised(FIRST, 90, assets=("d",), tags={"kids": (0,)}, ratings=(3,))
    assert (changed.tags, changed.ratings) == ({"kids": (0,)}, (3,))


def test_without_tags_or_ratings_there_are_none_to_carry() -> None:
    changed = revised(PoolRevision(tick=0, assets=("a",)), 90, assets=("a", "b"))
    assert changed == PoolRevision(tick=90, assets=("a", "b"))


def test_a_change_counts_for_what_is_planned_too() -> None:
    planned = (FIRST, revised(FIRST, 100, assets=("a",)), revised(FIRST, 200, assets=("b",)))
    changed = amended(planned, 150, filler=("k",))
    assert [(one.tick, one.assets, one.filler) for one in changed] == [
        (0, ("a", "b", "c"), ("i", "j")),
        (100, ("a",), ("i", "j")),
        (150, ("a",), ("k",)),
        (200, ("b",), ("k",)),
    ]
    assert [one.tick for one in amended(planned, 100, filler=("k",))] == [0, 100, 200]
    assert [(one.tick, one.filler) for one in amended((FIRST,), 0, filler=("k",))] == [(0, ("k",))]
