"""A viewer's eyes: fetches a stream over HTTP and reads its playlists with the m3u8 library."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urljoin

import httpx
import m3u8

from .program import Machine


@dataclass(frozen=True, slots=True)
class Listed:
    """A segment as a playlist lists it."""

    uri: str
    init: str | None
    dated: datetime
    dsn: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Media:
    """A media playlist: its segments by media sequence number."""

    segments: dict[int, Listed]
    ended: bool


def ask(url: str, **headers: str) -> httpx.Response:
    """One answer, whatever its status."""
    # There is no TLS to verify on loopback, and reading all authorities takes longer than the answer.
    return httpx.get(url, headers=headers, timeout=20, verify=False)  # noqa: S501


def fetch(url: str, **headers: str) -> httpx.Response:
    """One answer, with status 200."""
    answer = ask(url, **headers)
    assert answer.status_code == 200, f"{url}: {answer.status_code} {answer.text[:200]}"
    return answer


def media_urls(machine: Machine, viewer: str = "alice", query: str = "", channel: str = "main") -> list[str]:
    """The URLs of the media playlists that a viewer is given: video renditions, then audio."""
    url = f"{machine.origin}/live/{channel}/{viewer}/index.m3u8{query}"
    playlist = m3u8.loads(fetch(url).text)
    assert playlist.is_variant
    uris = [one.uri for one in playlist.playlists] + [one.uri for one in playlist.media if one.uri]
    return [urljoin(url, uri) for uri in uris]


def lineup_of(machine: Machine, viewer: str) -> str:
    """The id of the lineup that a viewer is on."""
    return media_urls(machine, viewer)[0].split("/lineups/")[1].split("/")[0]


def media(url: str) -> Media:
    """A media playlist as it is now."""
    return read(fetch(url).text, url)


def read(text: str, url: str) -> Media:
    """The text of a media playlist, its URIs made absolute."""
    playlist = m3u8.loads(text)
    assert not playlist.is_variant
    dsn, segments = playlist.discontinuity_sequence, {}
    for msn, one in enumerate(playlist.segments, playlist.media_sequence):
        dsn += one.discontinuity
        init = urljoin(url, one.init_section.uri) if one.init_section is not None else None
        segments[msn] = Listed(urljoin(url, one.uri), init, one.current_program_date_time, dsn, one.duration)
    return Media(segments, playlist.is_endlist)


def watch(machine: Machine, viewer: str = "alice") -> Media:
    """The first video rendition that a viewer is given, as it is now."""
    return media(media_urls(machine, viewer)[0])
