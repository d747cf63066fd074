"""A backed-up catalogue put back: nothing is written before every line has been found good."""

import secrets
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby, islice
from typing import IO

from storage import keys
from storage.account_records import SEAL_BYTES
from storage.accounts import account_write
from storage.backup import (
    AccountLine,
    ChannelLine,
    LineupLine,
    MetadataLine,
    ProfileLine,
    StateLine,
    TokenLine,
    ViewerKeyLine,
    ViewerLine,
    WebhookLine,
    channel_names,
    read_backup,
)
from storage.catalogue_writes import Write, Writer
from storage.errors import Conflict
from storage.profiles import Profiles
from storage.record_fields import asset_write
from storage.record_writes import channel_write, lineup_write, viewer_write
from storage.redis_link import Link, text
from storage.tokens import token_write
from storage.viewer_key import ViewerKey
from storage.webhooks import Webhooks, webhook_write

_BATCH = 100

Written = ChannelLine | ViewerLine | LineupLine | StateLine | MetadataLine | TokenLine | AccountLine | WebhookLine


async def restore(
    link: Link, file: IO[bytes], *, replicas: int, replace: bool, watcher: Callable[[int], None]
) -> int:
    """Put a backup into the catalogue; how many records. `file` is read twice.

    Raises BadInput for a file that is not a whole backup, and Conflict if there are channels, accounts, machine
    tokens or webhooks, unless they are to be replaced: then nothing of them is kept. Nothing has changed in either
    case. After Unavailable it may be half done: repeat it with `replace`.
    """
    key = _read_whole(file)
    names = await channel_names(link)
    if not replace:
        await _check_empty(link, len(names))
    await _empty(link, names)
    writer, done = Writer(link, replicas), 0
    if key is not None:
        await ViewerKey(link).put(key.key)
        done = 1
    profiles = Profiles(link, writer)
    for batch in _batches(_records(file)):
        first = batch[0]
        if isinstance(first, ProfileLine):
            known = {one.viewer: one.record for one in batch if isinstance(one, ProfileLine)}
            await profiles.put_all(first.channel, known)
            done += len(batch)
            watcher(done)
            continue
        if first.kind == "channel":
            # The index first: a name without a record is passed over, a record without a name would be lost.
            await link.ask(keys.CHANNEL_INDEX, ("SADD", keys.CHANNEL_INDEX, first.source))
        await writer.put_all([one for one in batch if isinstance(one, Write)])
        done += len(batch)
        watcher(done)
    return done


def _read_whole(file: IO[bytes]) -> ViewerKeyLine | None:
    """The key of viewers in a backup, all of which was read. Raises BadInput."""
    key = None
    for line in read_backup(file):
        if isinstance(line, ViewerKeyLine):
            key = line
    return key


def _records(file: IO[bytes]) -> Iterator[Write | ProfileLine]:
    """All but the key of viewers, in the order of the backup."""
    file.seek(0)
    for line in read_backup(file):
        if isinstance(line, ProfileLine):
            yield line
        elif not isinstance(line, ViewerKeyLine):
            yield _write(line)


async def _check_empty(link: Link, channels: int) -> None:
    """Raises Conflict if there is what only a backup has. States and metadata are with the objects, too."""
    there = {"channels": channels}
    for what, key in (("accounts", keys.ACCOUNTS), ("tokens", keys.TOKENS), ("webhooks", keys.WEBHOOKS)):
        there[what] = (await link.ask(key, ("HLEN", key)))[0]
    told = ", ".join(f"{what}: {count}" for what, count in there.items() if count)
    if told:
        raise Conflict(f"the catalogue is not empty ({told}): --replace removes what is there first")


async def _empty(link: Link, channels: Iterable[str]) -> None:
    """Remove channels and all that is theirs, states and metadata of assets, machine tokens, accounts, webhooks."""
    for channel in channels:
        of = (keys.channel_key, keys.viewers_key, keys.lineups_key, keys.audit_key)
        gone = [key(channel) for key in of]
        await Profiles(link, Writer(link, 0)).clear(channel)
        # Whoever follows the changes and finds them gone reads everything anew.
        key = keys.changes_key(channel)
        await link.ask(key, ("DEL", *gone, key), ("PUBLISH", keys.CHANGES, channel))
        await link.ask(keys.CHANNEL_INDEX, ("SREM", keys.CHANNEL_INDEX, channel))
    key = keys.changes_key(keys.ALL_ASSETS)
    await link.ask(
        key, ("DEL", keys.ASSET_STATES, keys.ASSET_METADATA, key), ("PUBLISH", keys.CHANGES, keys.ALL_ASSETS)
    )
    webhooks = Webhooks(link, Writer(link, 0))
    for webhook in (await link.ask(keys.WEBHOOKS, ("HKEYS", keys.WEBHOOKS)))[0]:
        await webhooks.remove(text(webhook))
    await webhooks.unsee()
    await link.ask(keys.TOKENS, ("DEL", keys.TOKENS, keys.changes_key(keys.ALL_TOKENS)))
    await link.ask(keys.ACCOUNTS, ("DEL", keys.ACCOUNTS, keys.changes_key(keys.ALL_ACCOUNTS)))


def _write(line: Written) -> Write:
    match line:
        case ChannelLine():
            return channel_write(line.record)
        case StateLine():
            return asset_write(keys.ASSET_STATES, "state", line.asset, line.state)
        case MetadataLine():
            return asset_write(keys.ASSET_METADATA, "metadata", line.record.asset, line.record.stored())
        case TokenLine() | AccountLine() | WebhookLine():
            return _key_write(line)
        case LineupLine():
            return lineup_write(line.channel, line.record)
    return viewer_write(line.channel, line.record)


def _key_write(line: TokenLine | AccountLine | WebhookLine) -> Write:
    if not isinstance(line, AccountLine):
        write = token_write if isinstance(line, TokenLine) else webhook_write
        return write(line.record.id, line.record.stored())
    # With another seal: no session that somebody began before, and no link, opens anything.
    record = line.record.model_copy(update={"seal": secrets.token_hex(SEAL_BYTES)})
    return account_write(record.name, record.stored())


def _batches(writes: Iterable[Write | ProfileLine]) -> Iterator[list[Write | ProfileLine]]:
    """Some at a time, all of one key, or profiles of one channel."""
    for _, group in groupby(writes, lambda one: one.channel if isinstance(one, ProfileLine) else one.key):
        while batch := list(islice(group, _BATCH)):
            yield batch
