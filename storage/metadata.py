"""What people say of an asset, for programming and for viewers, and how a pool is described by it. Pure.

An asset's record never changes; this does, version by version.
"""

import re
import unicodedata
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, ValidationError, model_validator

from storage.errors import BadInput
from storage.record import NotBool, Record

TAGS_LIMIT = 50
OLDEST = 21  # the highest minimum age in use anywhere
FILLER = "filler"  # in `more`, and a tag: an ident for the time before a moment, which is in no pool that follows

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?")


def tidy(text: str) -> str:
    """A word that people write in more than one way, in the one that is compared: composed, small, single spaces.

    Raises ValueError for one that is empty, or has something in it that does not print.
    """
    found = " ".join(unicodedata.normalize("NFC", text).casefold().split())
    if not found or not found.isprintable() or len(found) > 64:
        raise ValueError("it is 1 to 64 printable characters")
    return found


def mistake(error: ValidationError, whole: str) -> BadInput:
    """What is wrong with what somebody said, by the name of the first field that is; `whole`: what all of it is."""
    first = error.errors(include_url=False)[0]
    name = ".".join(map(str, first["loc"])) or whole
    return BadInput(f"{name}: {first['msg'].removeprefix('Value error, ')}")


def _tags(tags: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(set(map(tidy, tags))))


def _language(language: str) -> str:
    """As BCP 47 writes it: "de", "pt-BR", "zh-Hant-TW"."""
    subtags = language.strip().replace("_", "-").split("-")
    cased = [subtags[0].lower(), *(one.title() if len(one) == 4 else one.upper() for one in subtags[1:])]
    found = "-".join(cased)
    if not _LANGUAGE.fullmatch(found):
        raise ValueError("it is a language of BCP 47, such as de, pt-BR or zh-Hant")
    return found


def _more(more: dict[str, str]) -> dict[str, str]:
    return dict(sorted((tidy(name), value) for name, value in more.items()))


def _line(text: str) -> str:
    if not text.isprintable():
        raise ValueError("it has characters that do not print")
    return unicodedata.normalize("NFC", text)


def _text(text: str) -> str:
    # A tab or a new line is text; what a terminal or a page would obey is not.
    if not all(one.isprintable() or one in "\n\t" for one in text):
        raise ValueError("it has characters that do not print")
    return unicodedata.normalize("NFC", text)


Tags = Annotated[tuple[str, ...], Field(max_length=TAGS_LIMIT), AfterValidator(_tags)]
Language = Annotated[str, Field(max_length=20), AfterValidator(_language)]
Rating = Annotated[int, NotBool, Field(ge=0, le=OLDEST)]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(_line)]
Heading = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), AfterValidator(_line)]  # or none
Description = Annotated[str, Field(max_length=4000), AfterValidator(_text)]
Value = Annotated[str, Field(max_length=1000), AfterValidator(_line)]
More = Annotated[dict[str, Value], Field(max_length=50), AfterValidator(_more)]


class AssetMetadata(Record):
    """What is said of an asset. `rating`: the age from which on one may see it; None: nobody has said.

    Rights are Unix milliseconds: it may be seen from `rights_from_ms` up to, not including, `rights_until_ms`.
    """

    schema_version: Literal[1] = 1
    asset: str
    version: Annotated[int, Field(ge=0)] = 0  # 0: nothing was ever said. Before all that people choose: see REPLACE
    title: Title | None = None  # None: the record's
    description: Description = ""
    tags: Tags = ()
    language: Language | None = None
    rating: Rating | None = None
    rights_from_ms: Annotated[int, Field(ge=0)] | None = None
    rights_until_ms: Annotated[int, Field(ge=0)] | None = None
    more: More = Field(default_factory=dict)

    @property
    def is_filler(self) -> bool:
        """Whether it is there to fill the time before a moment, not to be in a pool."""
        return FILLER in self.more

    @model_validator(mode="after")
    def _rights_last(self) -> Self:
        if None not in (start := self.rights_from_ms, end := self.rights_until_ms) and start >= end:  # type: ignore[operator]
            raise ValueError("the rights end before they begin")
        return self


class PoolQuery(Record):
    """The assets of a pool by what is said of them. What is left out does not matter.

    An asset has all of `tags`, one of `any_tags`, none of `no_tags`; its language is one of `languages`, or a kind of
    one ("pt" is "pt-BR" too); its rating is at most `most_rating`, where one that nobody rated counts as the highest;
    `more` is as given. `without`: assets that are left out by name.
    """

    tags: Tags = ()
    any_tags: Tags = ()
    no_tags: Tags = ()
    languages: Annotated[tuple[Language, ...], Field(max_length=TAGS_LIMIT)] = ()
    least_rating: Rating = 0
    most_rating: Rating = OLDEST
    more: More = Field(default_factory=dict)
    without: Annotated[tuple[str, ...], Field(max_length=1000)] = ()

    @model_validator(mode="after")
    def _satisfiable(self) -> Self:
        if self.least_rating > self.most_rating:
            raise ValueError(f"no rating is {self.least_rating} or more and {self.most_rating} or less")
        both = {*self.tags, *self.any_tags} & set(self.no_tags)
        if set(self.tags) & both or (self.any_tags and set(self.any_tags) <= both):
            raise ValueError(f"tag {min(both)!r} is asked for and ruled out")
        return self
