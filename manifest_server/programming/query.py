"""Which assets a pool query selects, and when that changes by itself, as rights begin and end. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from storage.metadata import OLDEST, AssetMetadata, PoolQuery


class Candidate(NamedTuple):
    """An asset that may be in a pool. `length_ms`: how long it plays, rounded up."""

    asset: str
    length_ms: int
    metadata: AssetMetadata


class Selection(NamedTuple):
    """From `at_ms` (Unix milliseconds) on, the pool is these assets."""

    at_ms: int
    assets: tuple[str, ...]


def matches(query: PoolQuery, metadata: AssetMetadata) -> bool:
    """Whether the query selects such an asset, its rights left aside. Filler is never selected."""
    tags = set(metadata.tags)
    return (
        not metadata.is_filler
        and tags.issuperset(query.tags)
        and (not query.any_tags or not tags.isdisjoint(query.any_tags))
        and tags.isdisjoint(query.no_tags)
        and (not query.languages or _speaks(metadata.language, query.languages))
        and query.least_rating <= (OLDEST if metadata.rating is None else metadata.rating) <= query.most_rating
        and all(metadata.more.get(name) == value for name, value in query.more.items())
        and metadata.asset not in query.without
    )


def selections(query: PoolQuery, candidates: Sequence[Candidate], from_ms: int, until_ms: int) -> list[Selection]:
    """The pool at `from_ms`, and each time that rights change it before `until_ms`; in the candidates' order.

    A clip that begins just before a pool is left plays to its end, so an asset is out of the pool its own length
    before its rights end.
    """
    fitting = [one for one in candidates if matches(query, one.metadata)]
    spans = {one.asset: _span(one) for one in fitting}
    times = {bound for span in spans.values() for bound in span if bound is not None and from_ms < bound < until_ms}
    found: list[Selection] = []
    for at_ms in sorted({from_ms, *times}):
        assets = tuple(
            asset for asset, (start, end) in spans.items() if start <= at_ms and (end is None or at_ms < end)
        )
        if not found or found[-1].assets != assets:
            found.append(Selection(at_ms, assets))
    return found


def _span(one: Candidate) -> tuple[int, int | None]:
    """From and until when an asset may be in a pool; None: for ever."""
    start, end = one.metadata.rights_from_ms, one.metadata.rights_until_ms
    return start or 0, None if end is None else end - one.length_ms


def _speaks(language: str | None, wanted: Iterable[str]) -> bool:
    return language is not None and any(language == one or language.startswith(f"{one}-") for one in wanted)


def explained(query: PoolQuery, metadata: Mapping[str, AssetMetadata]) -> str:
    """Why no asset is in a pool, for people: how many there are, and how many each condition alone would leave."""
    metadata = {asset: said for asset, said in metadata.items() if not said.is_filler}
    kept = {
        name: sum(matches(PoolQuery(**{name: value}), one) for one in metadata.values())
        for name, value in query.model_dump(exclude_defaults=True).items()
    }
    parts = ", ".join(f"{count} by {name.replace('_', ' ')}" for name, count in kept.items())
    return f"of {len(metadata)} assets it would leave {parts}" if parts else f"there are {len(metadata)} assets"
