"""Machine tokens in the catalogue: by their ids, without their secrets."""

from storage import keys
from storage.catalogue_writes import Write, Writer
from storage.record_fields import parsed
from storage.redis_link import Link
from storage.scan import scan
from storage.token_record import TokenRecord, is_id


class TokenIndex:
    """A part of the catalogue (catalogue.py), with its promises."""

    def __init__(self, link: Link, writer: Writer) -> None:
        self._link = link
        self._writer = writer

    async def token(self, token_id: str) -> TokenRecord | None:
        """What is stored of a token, if it was made and not revoked."""
        if not is_id(token_id):
            return None
        stored = (await self._link.ask(keys.TOKENS, ("HGET", keys.TOKENS, token_id)))[0]
        return None if stored is None else parsed(TokenRecord, stored, keys.TOKENS, token_id)

    async def tokens(self) -> list[TokenRecord]:
        """All of them, those that have expired too, the oldest first; those of one millisecond by their ids."""
        found = {token_id: text async for token_id, text in scan(self._link, keys.TOKENS)}
        records = [parsed(TokenRecord, text, keys.TOKENS, token_id) for token_id, text in found.items()]
        return sorted(records, key=lambda record: (record.created_ms, record.id))

    async def count(self) -> int:
        """How many there are."""
        return int((await self._link.ask(keys.TOKENS, ("HLEN", keys.TOKENS)))[0])

    async def create(self, record: TokenRecord) -> None:
        """Add one. Raises Conflict if there is one of this id."""
        await self._writer.create(token_write(record.id, record.stored()))

    async def remove(self, token_id: str) -> None:
        """Forget one: it opens nothing any more."""
        await self._writer.put(token_write(token_id, ""))


def token_write(token_id: str, record: str) -> Write:
    """How a token is stored; "" removes it."""
    return Write(keys.TOKENS, token_id, record, "token", keys.ALL_TOKENS, f"token {token_id!r}")
