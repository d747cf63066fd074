"""What is known of a viewer: what they like, what is not for them, and what they have watched. Pure."""

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Annotated, NamedTuple

from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter
from typing_extensions import TypedDict

from storage.keys import checked_asset
from storage.metadata import OLDEST, Rating, Tags, tidy
from storage.programme import Taste
from storage.record import Record

LIKES_LIMIT = 200
HISTORY_KEPT = 200

Like = Annotated[float, Field(ge=-1, le=1)]
Part = Annotated[float, Field(ge=0, le=1)]


def _likes(likes: dict[str, float]) -> dict[str, float]:
    return dict(sorted((tidy(tag), like) for tag, like in likes.items()))


def _assets(assets: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(_asset, assets)))


def _asset(asset: str) -> str:
    try:
        return checked_asset(asset)
    except Exception as error:
        raise ValueError(str(error)) from None


Likes = Annotated[dict[str, Like], Field(max_length=LIKES_LIMIT), AfterValidator(_likes)]
Watched = tuple[Annotated[str, AfterValidator(_asset)], Part]


class ProfileRecord(Record):
    """A viewer's profile on a channel. `likes`: by tag, from -1 (never) to 1.

    `history`: assets and which part of each was seen, from 0 to 1, the latest last. Assets of `without`, with a tag
    of `no_tags` or rated above `most_rating` are none of theirs.
    """

    likes: Likes = Field(default_factory=dict)
    without: Annotated[tuple[str, ...], Field(max_length=1000), AfterValidator(_assets)] = ()
    no_tags: Tags = ()
    most_rating: Rating = OLDEST
    history: Annotated[tuple[Watched, ...], Field(max_length=HISTORY_KEPT)] = ()

    def stored(self) -> str:
        """Its JSON without what is as it is for everybody: there are as many as viewers."""
        return self.model_dump_json(exclude_defaults=True)

    @property
    def version(self) -> int:
        """A number that is the same for the same profile, wherever and however often it was stored."""
        return version_of(self.stored())

    @property
    def taste(self) -> Taste:
        """What they say they like, without what their history says."""
        return Taste(
            version=self.version,
            likes=self.likes,
            without=self.without,
            no_tags=self.no_tags,
            most_rating=self.most_rating,
        )


class Known(NamedTuple):
    """A stored profile, read for its use: a million of them are read at a time. Fields as of ProfileRecord."""

    likes: Mapping[str, float]
    without: Sequence[str]
    no_tags: Sequence[str]
    most_rating: int
    history: Sequence[tuple[str, float]]
    version: int


class _Stored(TypedDict, total=False):
    """What `ProfileRecord.stored` gave, checked for its form alone: three times as fast as the record."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[misc]
    likes: dict[str, Like]
    without: tuple[str, ...]
    no_tags: tuple[str, ...]
    most_rating: Rating
    history: Annotated[tuple[tuple[str, Part], ...], Field(max_length=HISTORY_KEPT)]


_STORED = TypeAdapter(_Stored)


def known(stored: str) -> Known:
    """A stored profile. Raises pydantic's ValidationError for what is none."""
    said = _STORED.validate_json(stored)
    return Known(
        said.get("likes", {}),
        said.get("without", ()),
        said.get("no_tags", ()),
        said.get("most_rating", OLDEST),
        said.get("history", ()),
        version_of(stored),
    )


def version_of(stored: str) -> int:
    """The version of a stored profile: 48 bits of its digest."""
    return int.from_bytes(blake2b(stored.encode(), digest_size=6, person=b"streamsync-prof").digest(), "big")
