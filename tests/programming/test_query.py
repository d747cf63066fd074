"""Pools by what is said of assets, and by their rights."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifest_server.programming.query import Candidate, Selection, explained, matches, selections
from storage.metadata import AssetMetadata, PoolQuery

TAGS = st.lists(st.sampled_from(["kids", "news", "sport", "live"]), max_size=3).map(tuple)
TIMES = st.none() | st.integers(0, 100)


def said(asset: str, **what: object) -> AssetMetadata:
    return AssetMetadata.model_validate({"asset": asset, **what})


@pytest.mark.parametrize(
    ("query", "metadata", "found"),
    [
        ({}, {}, True),
        ({"tags": ["kids", "news"]}, {"tags": ["kids"]}, False),
        ({"tags": ["kids", "news"]}, {"tags": ["news", "Kids", "x"]}, True),
        ({"any_tags": ["kids", "news"]}, {"tags": ["news"]}, True),
        ({"any_tags": ["kids"]}, {}, False),
        ({"no_tags": ["kids"]}, {"tags": ["kids"]}, False),
        ({"languages": ["pt"]}, {"language": "pt-BR"}, True),
        ({"languages": ["pt-BR"]}, {"language": "pt"}, False),
        ({"languages": ["pt"]}, {"language": "ptx"}, False),
        ({"languages": ["de"]}, {}, False),
        ({"most_rating": 12}, {"rating": 12}, True),
        ({"most_rating": 12}, {"rating": 16}, False),
        ({"most_rating": 12}, {}, False),  # nobody has said that a child may see it
        ({"least_rating": 16}, {}, True),
        ({"least_rating": 6}, {"rating": 0}, False),
        ({"more": {"Series": "One"}}, {"more": {"series": "One"}}, True),
        ({"more": {"series": "One"}}, {"more": {"series": "Two"}}, False),
        ({"without": ["a"]}, {}, False),
        ({}, {"tags": ["filler"]}, True),
        ({}, {"more": {"Filler": "26 frames at 25"}}, False),  # it is there for the time before a moment
        ({"more": {"filler": "26 frames at 25"}}, {"more": {"filler": "26 frames at 25"}}, False),
    ],
)
def test_a_query_selects(query: dict[str, object], metadata: dict[str, object], found: bool) -> None:
    assert matches(PoolQuery.model_validate(query), said("a", **metadata)) is found


@given(TAGS, TAGS, TAGS, st.lists(st.tuples(TAGS, TIMES, TIMES, st.integers(1, 50)), max_size=6), st.integers(0, 99))
def test_selections_are_what_a_look_at_any_instant_finds(
    tags: tuple[str, ...],
    any_tags: tuple[str, ...],
    no_tags: tuple[str, ...],
    assets: list[tuple[tuple[str, ...], int | None, int | None, int]],
    from_ms: int,
) -> None:
    try:
        query = PoolQuery(tags=tags, any_tags=any_tags, no_tags=no_tags)
    except ValueError:
        return
    candidates = [
        Candidate(str(number), length, said(str(number), tags=of, rights_from_ms=start, rights_until_ms=end))
        for number, (of, start, end, length) in enumerate(assets)
        if start is None or end is None or start < end
    ]
    until_ms = from_ms + 120
    found = selections(query, candidates, from_ms, until_ms)
    assert found[0].at_ms == from_ms
    assert all(a.assets != b.assets and a.at_ms < b.at_ms for a, b in pairwise(found))
    for at_ms in range(from_ms, until_ms):
        now = [one for one in found if one.at_ms <= at_ms][-1]
        # A clip that begins now is allowed to be shown until it ends.
        assert now.assets == tuple(
            one.asset
            for one in candidates
            if matches(query, one.metadata)
            and (one.metadata.rights_from_ms or 0) <= at_ms
            and (one.metadata.rights_until_ms is None or at_ms + one.length_ms < one.metadata.rights_until_ms)
        )


def test_an_asset_leaves_its_own_length_before_its_rights_end() -> None:
    film = Candidate("film", 90, said("film", rights_from_ms=10, rights_until_ms=200))
    assert selections(PoolQuery(), [film], 0, 1000) == [
        Selection(0, ()),
        Selection(10, ("film",)),
        Selection(110, ()),
    ]


def test_an_empty_pool_is_explained() -> None:
    metadata = {"a": said("a", tags=["kids"], rating=0), "b": said("b", tags=["news"], rating=16)}
    query = PoolQuery(tags=("news",), most_rating=6)
    assert not [one for one in metadata.values() if matches(query, one)]
    assert explained(query, metadata) == "of 2 assets it would leave 1 by tags, 1 by most rating"
    assert explained(PoolQuery(), {}) == "there are 0 assets"
    assert explained(PoolQuery(), {"f": said("f", more={"filler": "x"})}) == "there are 0 assets"
