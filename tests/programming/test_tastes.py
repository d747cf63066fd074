from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifest_server.playout.lineup import Asset, Clip
from manifest_server.programming.orders import order_of
from manifest_server.programming.stock import Stock
from manifest_server.programming.tastes import allowed
from storage.programme import Rules, Taste
from tests.programming.stocks import names

RATINGS = (0, 6, 12, 16, 21, 6)
TAGS = {"news": [1, 5], "scary": [2, 3]}


def stock(ratings: Sequence[int] = RATINGS, rules: Rules | None = None) -> Stock:
    return Stock([Clip.whole(Asset(f"a{number}", (0, 90_000))) for number in range(6)], rules, TAGS, ratings)


@pytest.mark.parametrize(
    ("taste", "left", "reason"),
    [
        (Taste(), [0, 1, 2, 3, 4, 5], None),
        (Taste(without=("a1", "zz")), [0, 2, 3, 4, 5], None),
        (Taste(no_tags=("scary",)), [0, 1, 4, 5], None),
        (Taste(most_rating=12), [0, 1, 2, 5], None),
        (Taste(without=("a0",), no_tags=("scary", "news")), [4], None),
        (Taste(no_tags=("quiz",)), [0, 1, 2, 3, 4, 5], "tag 'quiz' is not ruled out: nobody looks at it here"),
        # Names give way first, then tags, and the rating last.
        (Taste(without=("a0", "a4"), no_tags=("scary", "news")), [0, 4], "assets are not left out by name"),
        (Taste(without=("a0",), no_tags=("scary", "news"), most_rating=6), [0], "assets are not left out by name"),
    ],
)
def test_a_taste_leaves_what_it_does_not_rule_out(taste: Taste, left: list[int], reason: str | None) -> None:
    found = allowed(stock(), taste)
    assert found.indexes.tolist() == left
    assert (reason is None and not found.reasons) or str(reason) in found.reasons[0]


def test_tags_give_way_before_the_rating_does() -> None:
    found = allowed(stock((6, 6, 6, 6, 6, 6)), Taste(no_tags=("scary", "news"), without=("a0", "a4")))
    assert found.indexes.tolist() == [0, 4]
    found = allowed(stock((18, 6, 18, 18, 18, 18)), Taste(no_tags=("news",), most_rating=6))
    assert found.indexes.tolist() == [1]
    assert found.reasons == ("tags are not ruled out: of 6 assets nothing else is rated 6 or less",)


def test_what_is_too_old_for_a_viewer_never_airs_while_there_is_anything_milder() -> None:
    found = allowed(stock((18, 16, 12, 18, 12, 21)), Taste(most_rating=6))
    assert found.indexes.tolist() == [2, 4]
    assert found.reasons == ("no asset is rated 6 or less: the lowest of 6 is 12",)


def test_what_nobody_rated_counts_as_the_highest() -> None:
    assert allowed(stock(()), Taste(most_rating=18)).reasons == (
        "no asset is rated 18 or less: the lowest of 6 is 21",
    )
    assert allowed(stock(()), Taste()).reasons == ()


@given(
    st.sets(st.sampled_from([f"a{number}" for number in range(6)])),
    st.sets(st.sampled_from(["news", "scary", "quiz"])),
    st.integers(0, 21),
)
def test_something_is_always_left(without: set[str], no_tags: set[str], most: int) -> None:
    taste = Taste(without=tuple(without), no_tags=tuple(no_tags), most_rating=most)
    assert len(allowed(stock(), taste).indexes)


@pytest.mark.parametrize(
    "rules", [Rules(), Rules(repeat_clips=2, spacing={"news": 1}), Rules(order="fixed")], ids=str
)
def test_an_order_is_made_of_what_is_left(rules: Rules) -> None:
    order = order_of(stock(rules=rules), b"x", taste=Taste(no_tags=("scary",), most_rating=12))
    assert sorted(names(order, [0])) == sorted(names(order, [9])) == ["a0", "a1", "a5"]
    assert order.ticks == 3 * 90_000
