"""What the doors have in common: pages, instants, versions, and the form of a body."""

from functools import cache
from types import UnionType
from typing import Annotated, TypeVar, Union, get_args, get_origin

from fastapi import Header, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field, StrictFloat, StrictInt, StrictStr, ValidationInfo, field_validator

from manifest_server.viewer.clock import instant_ms
from storage.errors import BadInput

PAGE = 100

View = TypeVar("View", bound=BaseModel)

ChannelName = Annotated[str, Path(description="1 to 64 letters, digits, '.', '_' or '-'", examples=["main"])]
LineupName = Annotated[str, Path(description="1 to 64 letters, digits, '.', '_' or '-'", examples=["kids"])]
ViewerName = Annotated[str, Path(description="1 to 64 letters, digits, '.', '_' or '-'", examples=["alice"])]
After = Annotated[str | None, Query(description="the `next` of the page before")]
Limit = Annotated[int, Query(ge=1, le=PAGE, description="how many to tell of")]
IfMatch = Annotated[
    str | None,
    Header(description='the ETag of what was read, such as "3": refused with 409 and the newer if it changed since'),
]
Instant = Annotated[
    StrictStr | StrictInt | StrictFloat,
    Field(description="Unix seconds or RFC 3339", examples=["2026-12-31T23:00:00Z", 1798758000]),
]
At = Annotated[
    str | None, Query(description="Unix seconds or RFC 3339; now without", examples=["2026-12-31T23:00:00Z"])
]


class Body(BaseModel):
    """What is sent: what is not known is refused, and a number is not read as true or false, nor the other way."""

    model_config = ConfigDict(extra="forbid")

    @field_validator("*", mode="before")
    @classmethod
    def _no_mixture(cls, value: object, info: ValidationInfo) -> object:
        kinds = _kinds(cls, str(info.field_name))
        if isinstance(value, bool) and kinds & {int, float} and bool not in kinds:
            raise ValueError("it is a number")
        if isinstance(value, int | str) and not isinstance(value, bool) and kinds <= {bool, type(None)}:
            raise ValueError("it is true or false")
        return value


@cache
def _kinds(model: type[BaseModel], field: str) -> frozenset[object]:
    """The types that a field may have."""
    return _leaves(model.model_fields[field].annotation)


def _leaves(annotation: object) -> frozenset[object]:
    if get_origin(annotation) is Annotated:
        return _leaves(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return frozenset().union(*(_leaves(one) for one in get_args(annotation)))
    return frozenset({annotation})


def instant(given: str | float | None, otherwise_ms: int) -> int:
    """Unix milliseconds of an instant that was sent; without one, `otherwise_ms`. Raises BadInput."""
    return otherwise_ms if given is None else instant_ms(str(given))


def version_of(if_match: str | None) -> int | None:
    """The version that an If-Match names; None if any will do. Raises BadInput."""
    if if_match is None or if_match.strip() == "*":
        return None
    version = if_match.strip().removeprefix("W/").strip('"')
    if not version.isascii() or not version.isdecimal() or len(version) > 9:
        raise BadInput(f'If-Match {if_match[:80]!r}: it is the ETag of an answer, such as "3"')
    return int(version)


def tagged(answer: Response, view: View, version: int) -> View:
    """The view, whose version goes into the answer's ETag."""
    answer.headers["ETag"] = f'"{version}"'
    return view
