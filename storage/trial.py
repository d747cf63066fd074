"""A trial: the catalogue as it would be after changes, which are kept here and nowhere else."""

from collections.abc import Sequence

from storage.catalogue import Catalogue
from storage.catalogue_writes import Write, Writer
from storage.errors import Conflict, NotFound
from storage.record_fields import AnyRecord, parsed
from storage.records import ChannelRecord
from storage.redis_link import Command, Link, text


class Trial(Catalogue):
    """Reads what is stored, and what was changed of it here. Nothing that is done with it is stored.

    That holds for single channels, viewers, lineups and assets; pages and listings are those of what is stored.
    """

    def __init__(self, link: Link) -> None:
        self._kept = _Kept(link)
        super().__init__(link, writer=self._kept)

    async def create_channel(self, record: ChannelRecord) -> None:
        """Not tried: a channel's name is stored by itself. Raises NotImplementedError."""
        raise NotImplementedError

    async def _read(self, model: type[AnyRecord], key: str, field: str) -> AnyRecord | None:
        stored = await self._kept.stored(key, field)
        return None if not stored else parsed(model, stored, key, field)


class _Kept(Writer):
    """Keeps what it is to write, and refuses as the scripts do."""

    def __init__(self, link: Link) -> None:
        super().__init__(link, 0)
        self._of = link
        self._records: dict[tuple[str, str], str] = {}

    async def stored(self, key: str, field: str) -> str:
        """The record of a field; "": none."""
        if (key, field) in self._records:
            return self._records[key, field]
        found = (await self._of.ask(key, ("HGET", key, field)))[0]
        return "" if found is None else text(found)

    async def put(self, write: Write) -> None:
        """See Writer."""
        self._records[write.key, write.field] = write.record

    async def put_all(self, writes: Sequence[Write]) -> None:
        """See Writer."""
        for write in writes:
            await self.put(write)

    async def create(self, write: Write) -> None:
        """See Writer."""
        if await self.stored(write.key, write.field):
            raise Conflict(f"{write.what} exists already")
        await self.put(write)

    async def replace(self, write: Write, version: int, deadline_ms: int | None, model: str) -> None:
        """See Writer. What it replaces was read a moment ago: what is another by then is told by the next try."""
        if not await self.stored(write.key, write.field):
            raise NotFound(f"no {write.what}")
        await self.put(write)

    async def done(self, key: str, what: str, *commands: Command) -> str:
        """Not tried. Raises NotImplementedError."""
        raise NotImplementedError
