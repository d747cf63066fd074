"""What the API answers with about tokens: pydantic models, for its doors and for its client. Times are RFC 3339."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field

from manifest_server.admin.access import PlaybackToken
from manifest_server.admin.examples import NEW_TOKEN, PLAYBACK_TOKEN, TOKEN
from manifest_server.admin.tokens import NewToken
from manifest_server.playout.ticks import date_text
from storage.token_record import Scope, TokenRecord


class TokenView(BaseModel):
    """A machine token without what makes it one."""

    model_config = ConfigDict(json_schema_extra={"examples": [TOKEN]})

    id: str
    scope: Scope
    name: str
    created: str
    expires: str | None
    expired: bool

    @classmethod
    def of(cls, record: TokenRecord, now_ms: int) -> Self:
        """What may be told of a token."""
        return cls.model_validate(_facts(record, now_ms))


class NewTokenView(TokenView):
    """A machine token as it is told once. `token` goes into `Authorization: Bearer TOKEN`."""

    model_config = ConfigDict(json_schema_extra={"examples": [NEW_TOKEN]})

    token: str

    @classmethod
    def told(cls, made: NewToken, now_ms: int) -> Self:
        """What is told to whoever made it."""
        return cls.model_validate({**_facts(made.record, now_ms), "token": made.token})


class PlaybackTokenView(BaseModel):
    """A playback token, which goes behind `path` as `?t=TOKEN`."""

    model_config = ConfigDict(json_schema_extra={"examples": [PLAYBACK_TOKEN]})

    token: str
    expires: str
    path: Annotated[str, Field(description="what to play, on any server")]

    @classmethod
    def of(cls, made: PlaybackToken, channel: str, viewer: str) -> Self:
        """The token, and where it belongs."""
        return cls(token=made.token, expires=date_text(made.expires_ms), path=f"/live/{channel}/{viewer}/index.m3u8")


def _facts(record: TokenRecord, now_ms: int) -> dict[str, object]:
    return {
        **record.model_dump(include={"id", "scope", "name"}),
        "created": date_text(record.created_ms),
        "expires": None if record.expires_ms is None else date_text(record.expires_ms),
        "expired": record.has_expired(now_ms),
    }
