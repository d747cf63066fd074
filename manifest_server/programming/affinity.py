"""How much viewers like assets, by tags: the built-in score, for one viewer or for thousands at once. Pure.

Likes count in parts of 1/1024, and an asset has a tag or not. So every sum on the way is a whole number of parts
below 2**24, which float32 holds exactly: in whatever order a library adds them up, the result is the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from manifest_server.programming.draws import NEVER, UNIT, Mask, Octaves
from storage.metadata import OLDEST
from storage.profile_records import Known, ProfileRecord

PARTS = 1024
REACH = 3 * UNIT  # a score of 1: eight times as likely as one of 0
HABIT = 512  # the most, in parts, that a tag can be liked by what was watched alone
_TOGETHER = 16  # tags of a pool that are looked at in one go
_DOUBT = 4  # as if so many more had been watched half

Scores = NDArray[np.float32]


@dataclass(frozen=True)
class Features:
    """What is known of the assets of a pool: for each its tags, and the age from which on one may see it."""

    assets: tuple[str, ...]
    tags: tuple[tuple[str, ...], ...]
    ratings: tuple[int, ...]

    @cached_property
    def vocabulary(self) -> dict[str, int]:
        """All tags, with their columns."""
        return {tag: column for column, tag in enumerate(sorted({tag for tags in self.tags for tag in tags}))}

    @cached_property
    def columns(self) -> dict[str, int]:
        """All assets, with their columns."""
        return {asset: column for column, asset in enumerate(self.assets)}

    @cached_property
    def matrix(self) -> Scores:
        """A row for each asset, a column for each tag: 1 where it has it."""
        found = np.zeros((len(self.assets), max(len(self.vocabulary), 1)), dtype=np.float32)
        for row, tags in enumerate(self.tags):
            found[row, [self.vocabulary[tag] for tag in tags]] = 1
        return found


class Watched(NamedTuple):
    """What was watched: of which viewer (row) which asset (column), and which part of it, from 0 to 1."""

    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    parts: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Audience:
    """Viewers as a scorer sees them: a row for each. `never`: the assets that are none of theirs.

    `likes` has a column for each tag, from -1 to 1, in whole parts of 1/1024.
    """

    likes: Scores
    never: Mask
    watched: Watched

    @property
    def seen(self) -> Scores:
        """A column for each asset: the part of it that was seen at most."""
        found = np.zeros(self.never.shape, dtype=np.float32)
        np.maximum.at(found, (self.watched.rows, self.watched.columns), self.watched.parts.astype(np.float32))
        return found


class Scorer(Protocol):
    """What says how much viewers like assets."""

    def scores(self, audience: Audience, features: Features) -> Scores:
        """A row for each viewer, a column for each asset: from -1 to 1, where 0 is indifferent."""
        ...


class Affinity:
    """The sum of the likes of an asset's tags."""

    def scores(self, audience: Audience, features: Features) -> Scores:
        """See Scorer. Exact."""
        return audience.likes @ features.matrix.T


def audience(profiles: Sequence[ProfileRecord | Known], features: Features) -> Audience:
    """What the profiles say about the assets. What was watched counts for tags of which nothing else is said."""
    shape, column_of = (len(profiles), features.matrix.shape[1]), features.vocabulary
    watched = _watched(profiles, features)
    likes = _habits(watched, len(profiles), features)
    said = [
        (row, column_of[tag], like)
        for row, profile in enumerate(profiles)
        for tag, like in profile.likes.items()
        if tag in column_of
    ]
    refused = [(row, column) for row, column, like in said if like == -1]
    refused += [(row, column_of[tag]) for row, one in enumerate(profiles) for tag in one.no_tags if tag in column_of]
    if said:
        rows, columns, values = map(np.array, zip(*said, strict=True))
        likes[rows, columns] = np.rint(values * PARTS).astype(np.float32) / np.float32(PARTS)
    never = np.zeros((len(profiles), len(features.assets)), dtype=np.bool_)
    if refused:
        marks = np.zeros(shape, dtype=np.float32)
        marks[tuple(np.array(refused).T)] = 1
        never = (marks @ features.matrix.T) > 0
    most = np.array([profile.most_rating for profile in profiles], dtype=np.int16)
    if most.size and most.min() < OLDEST:
        never |= np.array(features.ratings, dtype=np.int16) > most[:, None]
    for row, profile in enumerate(profiles):
        if profile.without:
            never[row, [features.columns[asset] for asset in profile.without if asset in features.columns]] = True
    return Audience(likes, never, watched)


def _watched(profiles: Sequence[ProfileRecord | Known], features: Features) -> Watched:
    column_of = features.columns
    found = [
        (row, column_of[asset], part)
        for row, profile in enumerate(profiles)
        for asset, part in profile.history
        if asset in column_of
    ]
    rows, columns, parts = zip(*found, strict=True) if found else ((), (), ())
    return Watched(np.array(rows, np.intp), np.array(columns, np.intp), np.array(parts, np.float64))


def _habits(watched: Watched, viewers: int, features: Features) -> Scores:
    """What was watched to the end is liked, what was left at once is not; more so, the more often."""
    shape = viewers, len(features.assets)
    if not len(watched.rows):
        return np.zeros((viewers, features.matrix.shape[1]), dtype=np.float32)
    at = watched.rows * shape[1] + watched.columns
    count = np.bincount(at, minlength=shape[0] * shape[1]).reshape(shape).astype(np.float32)
    # Whole numbers, at most 200 of 64 each: exact as well, in float64 and in float32; so is their division.
    weights = np.rint(watched.parts * 128) - 64
    seen = np.bincount(at, weights, shape[0] * shape[1]).reshape(shape).astype(np.float32)
    sums = (seen @ features.matrix).astype(np.int64) * HABIT // 64
    times = (count @ features.matrix).astype(np.int64) + _DOUBT
    return ((sums // times) / PARTS).astype(np.float32)


def octaves(scores: Scores, never: Mask) -> Octaves:
    """Scores as weights for drawing. Raises ValueError for what is no number."""
    if not np.isfinite(scores).all():
        raise ValueError("a score is no finite number")
    found: Octaves = np.rint(np.clip(scores, -1, 1) * np.float32(REACH)).astype(np.int16)
    found[never] = NEVER
    return found


def pool_octaves(likes: Mapping[str, float], tags: Mapping[str, Mask], count: int) -> Octaves:
    """The same for one viewer and a pool of so many assets as channels keep it. `tags`: which of them have each."""
    known = [(tags[tag], like) for tag, like in likes.items() if tag in tags]
    sums = np.zeros(count, dtype=np.float32)
    for start in range(0, len(known), _TOGETHER):
        some = known[start : start + _TOGETHER]
        parts = np.array([round(like * PARTS) for _, like in some], dtype=np.float32)
        sums += parts @ np.array([having for having, _ in some], dtype=np.float32)
    np.maximum(sums, -PARTS, out=sums)
    np.minimum(sums, PARTS, out=sums)
    sums *= np.float32(REACH / PARTS)  # three quarters: exact
    found: Octaves = np.rint(sums).astype(np.int16)
    for having, like in known:
        if like == -1:
            found[having] = NEVER
    return found
