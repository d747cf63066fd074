"""The catalogue as one file: compressed lines of JSON; the first says what it is, the last that it is whole.

Channels, viewers, profiles, lineups, the states of assets and what is said of them, machine tokens, accounts,
webhooks with their secrets, and the key that signs who viewers are; not the index of assets, which `streamsync
reindex` makes, not the packaging queue, and not who has signed in.
"""

import gzip
import json
import zlib
from collections.abc import AsyncIterator, Callable
from typing import IO, Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError

from storage import keys
from storage.account_records import AccountRecord
from storage.asset_states import State
from storage.catalogue_writes import Writer
from storage.errors import BadInput, Unavailable
from storage.metadata import AssetMetadata
from storage.profile_records import ProfileRecord
from storage.profiles import Profiles, profile_of
from storage.record import Record, first_fault
from storage.records import ChannelRecord, LineupRecord, ViewerRecord
from storage.redis_link import Link, text
from storage.scan import scan
from storage.token_record import TokenRecord
from storage.viewer_key import FORM, ViewerKey
from storage.webhook_records import WebhookRecord

FORMAT = "streamsync catalogue"
VERSION = 1
LINE_LIMIT = 16 << 20
_LEVEL = 6


class Head(Record):
    """The first line."""

    kind: Literal["head"] = "head"
    format: str = FORMAT
    version: int = VERSION


class ChannelLine(Record):
    """A channel; it comes after its viewers and lineups."""

    kind: Literal["channel"] = "channel"
    record: ChannelRecord


class ViewerLine(Record):
    """A viewer of a channel."""

    kind: Literal["viewer"] = "viewer"
    channel: str
    record: ViewerRecord


class LineupLine(Record):
    """A lineup of a channel."""

    kind: Literal["lineup"] = "lineup"
    channel: str
    record: LineupRecord


class ProfileLine(Record):
    """What is known of a viewer of a channel."""

    kind: Literal["profile"] = "profile"
    channel: str
    viewer: str
    record: ProfileRecord


class StateLine(Record):
    """The state of an asset that has one."""

    kind: Literal["state"] = "state"
    asset: str
    state: State


class MetadataLine(Record):
    """What is said of an asset."""

    kind: Literal["metadata"] = "metadata"
    record: AssetMetadata


class AccountLine(Record):
    """An account, with the hash of its password; its sessions and links are in no backup."""

    kind: Literal["account"] = "account"
    record: AccountRecord


class TokenLine(Record):
    """A machine token, of which the secret is not stored."""

    kind: Literal["token"] = "token"
    record: TokenRecord


class WebhookLine(Record):
    """A webhook, with its secret."""

    kind: Literal["webhook"] = "webhook"
    record: WebhookRecord


class ViewerKeyLine(Record):
    """The key that viewer tokens are signed with."""

    kind: Literal["viewer-key"] = "viewer-key"
    key: Annotated[str, Field(repr=False, pattern=FORM)]


class End(Record):
    """The last line. `lines`: how many there are, this one and the first not counted."""

    kind: Literal["end"] = "end"
    lines: int


Line = (
    ChannelLine | ViewerLine | ProfileLine | LineupLine | StateLine | MetadataLine | TokenLine | AccountLine
    | WebhookLine | ViewerKeyLine
)  # fmt: skip
_ANY: TypeAdapter[Head | Line | End] = TypeAdapter(Annotated[Head | Line | End, Field(discriminator="kind")])


# Hashes of records that are of no channel.
_WHOLE: tuple[tuple[str, str, type[Record]], ...] = (
    ("metadata", keys.ASSET_METADATA, AssetMetadata),
    ("token", keys.TOKENS, TokenRecord),
    ("account", keys.ACCOUNTS, AccountRecord),
    ("webhook", keys.WEBHOOKS, WebhookRecord),
)


async def write_backup(link: Link, file: IO[bytes], watcher: Callable[[int], None], *, profiles: bool = True) -> int:
    """Write the catalogue to a file, in constant memory; how many records. `watcher` is told how many so far.
    Without `profiles`, of which there may be tens of gigabytes, if they are not wanted.

    Each record is whole. What is changed meanwhile is in it as it was, or as it is then; a viewer's lineup is in it
    whenever the viewer is. Raises Unavailable.
    """
    lines = 0
    with gzip.GzipFile(filename="", mode="wb", compresslevel=_LEVEL, fileobj=file, mtime=0) as packed:
        packed.write(_stored(Head()))
        async for line in _lines(link, profiles):
            packed.write(line)
            lines += 1
            watcher(lines)
        packed.write(_stored(End(lines=lines)))
    return lines


def read_backup(file: IO[bytes]) -> "Reading":
    """The lines of a file that was backed up, each checked. See Reading."""
    return Reading(file)


class Reading:
    """An iterator over lines. Raises BadInput, with the number of the line, for what is no whole backup."""

    def __init__(self, file: IO[bytes]) -> None:
        self._packed = gzip.GzipFile(mode="rb", fileobj=file)
        self._number = 0

    def __iter__(self) -> "Reading":
        if not self._number:
            head = self._next()
            if not isinstance(head, Head) or head.format != FORMAT:
                raise self._bad("it is no backup of a catalogue")
            if head.version != VERSION:
                raise self._bad(f"it is of version {head.version}, and this reads version {VERSION}")
        return self

    def __next__(self) -> Line:
        line = self._next()
        if isinstance(line, Head):
            raise self._bad("another backup begins here")
        if isinstance(line, End):
            if line.lines != self._number - 2:
                raise self._bad(f"it ends after {self._number - 2} records, and had {line.lines}")
            self._check_end()
            raise StopIteration
        self._check_names(line)
        return line

    def _next(self) -> Head | Line | End:
        stored = self._read()
        self._number += 1
        if not stored.endswith(b"\n"):
            raise self._bad("it is cut off here" if len(stored) < LINE_LIMIT else "the line is too long")
        try:
            return _ANY.validate_json(stored)
        except ValidationError as error:
            raise self._bad(first_fault(error)) from None

    def _read(self) -> bytes:
        try:
            return self._packed.readline(LINE_LIMIT)
        except (OSError, EOFError, zlib.error) as error:
            self._number += 1
            raise self._bad(f"it is damaged or cut off ({type(error).__name__})") from None

    def _check_end(self) -> None:
        """Nothing comes after the end, and the checksum of the whole is right."""
        if self._read():
            self._number += 1
            raise self._bad("something comes after its end")

    def _check_names(self, line: Line) -> None:
        try:
            match line:
                case ChannelLine():
                    keys.checked_name("channel", line.record.name)
                case StateLine():
                    keys.checked_asset(line.asset)
                case MetadataLine():
                    keys.checked_asset(line.record.asset)
                case ProfileLine():
                    keys.checked_name("channel", line.channel)
                    keys.checked_name("viewer", line.viewer)
                case ViewerLine():
                    keys.checked_name("channel", line.channel)
                    keys.checked_name("viewer", line.record.name)
                case LineupLine():
                    keys.checked_name("channel", line.channel)
                    keys.checked_name("lineup", line.record.id)
        except BadInput as error:
            raise self._bad(str(error)) from None

    def _bad(self, why: str) -> BadInput:
        return BadInput(f"line {self._number}: {why}")


async def channel_names(link: Link) -> list[str]:
    """The names in the index of channels, sorted."""
    return sorted(map(text, (await link.ask(keys.CHANNEL_INDEX, ("SMEMBERS", keys.CHANNEL_INDEX)))[0]))


async def _of_no_channel(link: Link) -> AsyncIterator[bytes]:
    if (key := await ViewerKey(link).known()) is not None:
        yield _line("viewer-key", f'"key":"{key}"')
    async for asset, state in scan(link, keys.ASSET_STATES):
        yield _line("state", json.dumps({"asset": asset, "state": state})[1:-1])
    for kind, key, model in _WHOLE:
        async for record in _records(link, key, model):
            yield _line(kind, f'"record":{record}')


async def _lines(link: Link, profiles: bool) -> AsyncIterator[bytes]:
    async for line in _of_no_channel(link):
        yield line
    for channel in await channel_names(link):
        where = f'"channel":{json.dumps(channel)}'
        known = Profiles(link, Writer(link, 0))
        if profiles and await known.count(channel):  # most channels have none, and it takes a while to ask for all
            async for viewer, profile in known.stored(channel):
                profile_of(viewer, profile)  # what is none could not be restored
                yield _line("profile", f'{where},"viewer":{json.dumps(viewer)},"record":{profile}')
        # Viewers, lineups, channel: each refers to what is read after it, and stays as long as that does.
        async for record in _records(link, keys.viewers_key(channel), ViewerRecord):
            yield _line("viewer", f'{where},"record":{record}')
        async for record in _records(link, keys.lineups_key(channel), LineupRecord):
            yield _line("lineup", f'{where},"record":{record}')
        async for record in _records(link, keys.channel_key(channel), ChannelRecord):
            yield _line("channel", f'"record":{record}')


async def _records(link: Link, key: str, model: type[Record]) -> AsyncIterator[str]:
    """Records as they are stored now. Raises Unavailable for what is no record: it could not be restored."""
    async for field, stored in scan(link, key):
        try:
            yield model.model_validate_json(stored).stored()
        except ValidationError as error:
            raise Unavailable(f"catalogue: {key} field {field!r} is damaged: {first_fault(error)}") from None


def _line(kind: str, rest: str) -> bytes:
    return f'{{"kind":"{kind}",{rest}}}\n'.encode()


def _stored(line: Head | End) -> bytes:
    return line.stored().encode() + b"\n"
