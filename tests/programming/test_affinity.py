"""How much viewers like assets: exact sums, the same for one and for many, and what is none of theirs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manifest_server.programming.affinity import PARTS, Affinity, Features, audience, octaves, pool_octaves
from manifest_server.programming.draws import NEVER
from manifest_server.programming.stock import mask
from storage.profile_records import ProfileRecord

A, B, C, D = (f"{n:032x}" for n in range(4))
POOL = Features((A, B, C, D), (("kids", "sea"), ("sport",), ("kids", "sport"), ()), (0, 12, 21, 6))
TAGS = {"kids": mask((0, 2), 4), "sea": mask((0,), 4), "sport": mask((1, 2), 4)}


def scored(*profiles: ProfileRecord) -> list[list[int]]:
    seen = audience(profiles, POOL)
    table = octaves(Affinity().scores(seen, POOL), seen.never)
    return [[int(parts) for parts in row] for row in table]


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        (ProfileRecord(), [0, 0, 0, 0]),
        # 0.5 and 0.25 of three octaves of 256 parts; more than 1 is 1
        (ProfileRecord(likes={"kids": 0.5, "sea": 0.25, "unknown": 1}), [576, 0, 384, 0]),
        (ProfileRecord(likes={"kids": 0.9, "sport": 0.9}), [692, 692, 768, 0]),
        (ProfileRecord(likes={"sport": -0.5}), [0, -384, -384, 0]),
        (ProfileRecord(likes={"sport": -1, "kids": 1}), [768, NEVER, NEVER, 0]),
        (ProfileRecord(no_tags=("sea",)), [NEVER, 0, 0, 0]),
        (ProfileRecord(most_rating=6), [0, NEVER, NEVER, 0]),
        (ProfileRecord(without=(D, "f" * 32)), [0, 0, 0, NEVER]),
        # Watched to the end: sea is liked by 512 parts of 1024 in the fifth, and kids with it.
        (ProfileRecord(history=((A, 1.0),)), [153, 0, 76, 0]),
        (ProfileRecord(history=((A, 0.0), ("f" * 32, 1.0))), [-154, 0, -77, 0]),
        # What is said counts, and not what was watched.
        (ProfileRecord(likes={"kids": 0, "sea": -0.5}, history=((A, 1.0),)), [-384, 0, 0, 0]),
    ],
    ids=lambda value: "" if isinstance(value, list) else value.stored(),
)
def test_a_score_is_the_sum_of_the_likes_of_the_tags(profile: ProfileRecord, expected: list[int]) -> None:
    assert scored(profile) == [expected]
    if profile == ProfileRecord(likes=profile.likes):  # what else there is: tests/programming/test_tastes.py
        assert pool_octaves(profile.likes, TAGS, 4).tolist() == expected


LIKES = st.dictionaries(st.sampled_from(["kids", "sea", "sport", "else"]), st.floats(-1, 1))


@settings(deadline=None)
@given(st.lists(LIKES, min_size=1, max_size=8))
def test_one_viewer_is_scored_as_thousands_are(likes: list[dict[str, float]]) -> None:
    profiles = [ProfileRecord(likes=one) for one in likes]
    assert scored(*profiles) == [pool_octaves(one, TAGS, 4).tolist() for one in likes]


def test_sums_are_exact_in_whatever_order_a_library_adds_them_up() -> None:
    """The most that can be: 50 tags of an asset, all of them liked, each by another number of parts."""
    drawn = np.random.default_rng(1)
    parts = drawn.integers(-PARTS + 1, PARTS + 1, (64, 200))
    tags = [f"{n:03}" for n in range(200)]
    having = [tuple(drawn.permutation(tags)[:50]) for _ in range(300)]
    profiles = [ProfileRecord(likes=dict(zip(tags, (row / PARTS).tolist(), strict=True))) for row in parts]
    exact = [[sum(int(row[int(tag)]) for tag in some) for some in having] for row in parts]
    for names in (tags, list(drawn.permutation(tags))):  # other names are other columns
        other = dict(zip(tags, names, strict=True))
        pool = Features(
            tuple(f"{n:032x}" for n in range(300)), tuple(tuple(other[tag] for tag in some) for some in having),
            (0,) * 300,
        )  # fmt: skip
        renamed = [ProfileRecord(likes={other[tag]: like for tag, like in one.likes.items()}) for one in profiles]
        found = Affinity().scores(audience(renamed, pool), pool)
        assert (found.astype(np.float64) * PARTS == np.array(exact)).all()


def test_what_was_seen_is_the_most_of_it() -> None:
    seen = audience([ProfileRecord(history=((B, 0.25), (B, 0.75), ("f" * 32, 1.0))), ProfileRecord()], POOL).seen
    assert seen.tolist() == [[0, 0.75, 0, 0], [0, 0, 0, 0]]


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_is_no_score(bad: float) -> None:
    with pytest.raises(ValueError, match="no finite number"):
        octaves(np.array([[0, bad]], dtype=np.float32), np.zeros((1, 2), dtype=np.bool_))
