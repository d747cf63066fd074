"""The verbs of who may watch: open a channel to all or to those with tokens, and issue such a token."""

from dataclasses import dataclass

from manifest_server.admin.actions import Clock, check_version, replaced
from manifest_server.viewer.playback_tokens import Keyring
from storage.catalogue import Catalogue
from storage.keys import checked_name
from storage.records import ChannelRecord

LASTS_MS = 6 * 3600 * 1000  # an evening, where nobody says how long


@dataclass(frozen=True, slots=True)
class PlaybackToken:
    """A token, and until when it counts (Unix milliseconds)."""

    token: str
    expires_ms: int

    def __repr__(self) -> str:
        return f"PlaybackToken(expires_ms={self.expires_ms})"


async def set_public(catalogue: Catalogue, name: str, public: bool, version: int | None = None) -> ChannelRecord:
    """Let anybody watch a channel, or only those with a playback token. It counts within seconds, for all who watch.

    Raises NotFound, Conflict.
    """
    channel = await catalogue.channel(checked_name("channel", name))
    check_version(f"channel {name!r}", channel.version, version)
    if channel.public == public:
        return channel
    return await replaced(catalogue, channel, None, public=public)  # no place on the timeline depends on it


async def issue_playback_token(
    catalogue: Catalogue, keyring: Keyring, channel: str, viewer: str, lasts_ms: int, clock: Clock
) -> PlaybackToken:
    """A token with which this viewer may watch this channel. Raises BadInput, NotFound, Conflict without keys."""
    checked_name("viewer", viewer)
    await catalogue.channel(checked_name("channel", channel))
    now_ms = clock() // 1000 * 1000  # a token counts in seconds
    return PlaybackToken(keyring.issued(channel, viewer, now_ms, lasts_ms), now_ms + lasts_ms // 1000 * 1000)
