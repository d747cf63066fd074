"""The verbs of machine tokens: make one, list them, revoke one."""

import secrets
from dataclasses import dataclass

from pydantic import ValidationError

from manifest_server.admin.actions import Clock
from storage.catalogue import Catalogue
from storage.errors import BadInput, Conflict, NotFound
from storage.metadata import mistake
from storage.token_record import ID_BYTES, SCOPES, SECRET_BYTES, TokenRecord, digest, is_id, written

TOKENS_LIMIT = 1000
DAY_MS = 24 * 3600 * 1000
LONGEST_MS = 10 * 366 * DAY_MS


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token, which nobody can tell again, and what is stored of it."""

    token: str
    record: TokenRecord

    def __repr__(self) -> str:
        return f"NewToken(record={self.record!r})"  # so that it is in no traceback, and in no log


async def create_token(
    catalogue: Catalogue, scope: str, clock: Clock, *, name: str = "", lasts_ms: int | None = None
) -> NewToken:
    """A new token, which lasts so long, or until it is revoked. Raises BadInput, Conflict if there are too many."""
    if scope not in SCOPES:
        raise BadInput(f"scope {scope[:80]!r}: it is one of {', '.join(SCOPES)}")
    if lasts_ms is not None and not 1000 <= lasts_ms <= LONGEST_MS:
        raise BadInput("a token lasts from one second to ten years")
    token_id, secret = secrets.token_bytes(ID_BYTES), secrets.token_bytes(SECRET_BYTES)
    token, now_ms = written(token_id, secret), clock()
    try:
        record = TokenRecord(
            id=token_id.hex(), scope=scope, name=name, digest=digest(token), created_ms=now_ms,
            expires_ms=None if lasts_ms is None else now_ms + lasts_ms,
        )  # fmt: skip
    except ValidationError as error:
        raise mistake(error, "the token") from None
    await _make_room(catalogue, now_ms)
    # The audit trail first: it may have a token that came to nothing, and lacks none.
    await catalogue.audit.say("token", record.id, f"{_called(record)} made: {record.scope}", "made")
    await catalogue.tokens.create(record)
    return NewToken(token, record)


async def list_tokens(catalogue: Catalogue) -> list[TokenRecord]:
    """What is stored of all tokens, the oldest first; of those that have expired too, for a while."""
    return await catalogue.tokens.tokens()


async def revoke_token(catalogue: Catalogue, token_id: str) -> None:
    """Let a token open nothing any more: on every server within seconds. Raises NotFound, so that a slip is seen.

    The whole token may be given by mistake; it is not repeated.
    """
    if not is_id(token_id):
        raise BadInput("the id of a token is 16 hexadecimal digits: what stands between the two '_' of it")
    record = await catalogue.tokens.token(token_id)
    if record is None:
        raise NotFound(f"no token {token_id!r}")
    await catalogue.audit.say("token", token_id, f"{_called(record)} revoked", "gone")
    await catalogue.tokens.remove(token_id)


async def _make_room(catalogue: Catalogue, now_ms: int) -> None:
    """Forget what has expired, once there is no room. Raises Conflict if there is none even so."""
    if await catalogue.tokens.count() < TOKENS_LIMIT:
        return
    expired = [one for one in await catalogue.tokens.tokens() if one.has_expired(now_ms)]
    for one in expired:
        await catalogue.tokens.remove(one.id)
    if not expired:
        raise Conflict(f"there are {TOKENS_LIMIT} tokens: revoke those that nobody needs")


def _called(record: TokenRecord) -> str:
    return f"token {record.id}" + (f" ({record.name})" if record.name else "")
