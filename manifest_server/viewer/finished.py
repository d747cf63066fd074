"""Media playlists ready to be sent: as a route sends them, and as the fast lane does. Both say the same bytes.

What is here of HTTP is written out once, as parts of a head; a route makes its headers of the same parts.
"""

from isal.isal_zlib import adler32, compress, crc32, decompress

from manifest_server.onair.making import Playlist
from manifest_server.playout.lineup import NEVER

PLAYLIST_TYPE = "application/vnd.apple.mpegurl"  # rfc8216bis 4
PACKED_FROM = 256  # bytes: what is shorter is sent as it is
GZIP = 31  # zlib's word for a gzip container with the largest window
# igzip's fastest takes a microsecond for a playlist, zlib's seven, and makes it a quarter of its size, not a sixth.
LEVEL = 0
_WEIGHT = 250  # bytes of a playlist that is kept, without what is packed of it

OPEN = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"Age, Content-Length, Content-Range, Date, ETag"),
]
OPEN_LINES = b"".join(b"%b: %b\r\n" % header for header in OPEN)


class Finished:
    """A playlist with its entity tag; packed when first asked for.

    One that is to be `kept` is so packed, once it was given out: there are as many as viewers, and most of them are
    not asked for twice.
    """

    __slots__ = ("_body", "_kept_packed", "_packed", "_tail", "made_ms", "playlist", "until_ms")

    def __init__(self, playlist: Playlist, *, kept: bool = False) -> None:
        self.playlist = playlist
        # From then on, and before the other, the same would be made.
        self._body: bytes | None
        self._body, self.made_ms, _, until_ms, _ = playlist
        self.until_ms = NEVER if until_ms is None else until_ms
        self._kept_packed = kept
        self._packed: bytes | None = None
        self._tail: bytes | None = None  # of a packed answer that was asked for twice, instead of what is packed

    @property
    def body(self) -> bytes:
        """The playlist."""
        return decompress(self.packed, GZIP) if self._body is None else self._body

    @property
    def tag(self) -> bytes:
        """Its entity tag.

        Weak, as one tag stands for the plain and the packed body (RFC 9110 8.8.1). It tells one state of a playlist
        from the one before: two that differ and have the same cost a player one reload in 2^32.
        """
        if self._tail is not None:
            return self._tail[_TAG_FROM:_TAG_UNTIL]
        body = self.body
        return _TAG % (crc32(body), adler32(body))

    @property
    def weight(self) -> int:
        """About how many bytes it takes, once it was given out. It stays the same."""
        kept = self._tail or self._packed
        size = len(self.playlist.body) if kept is None else int.from_bytes(kept[-4:], "little")  # gzip's last word
        return _WEIGHT + size // 4

    @property
    def packs(self) -> bool:
        """Whether it is packed for those who can unpack it."""
        return self._body is None or len(self._body) >= PACKED_FROM

    @property
    def packed(self) -> bytes:
        """The body in gzip: the same bytes from every server."""
        if self._tail is not None:
            return self._tail.partition(b"\r\n\r\n")[2]
        if self._packed is None:
            self._packed = packed(self.body)
        return self._packed

    def head(self, now_ms: int | None, *, public: bool, packed: bool) -> bytes:
        """The lines of a 200's head that are the playlist's own, each with its end.

        For any cache until the edge moves (rounded down, so never longer). One that is not `public` is for the
        player's own cache, and for an edge that looks at tokens (deploy/nginx). Without `now_ms` the playlist is of
        some other instant: nobody may keep it.
        """
        return self._kept(now_ms, public) + self._own(packed=packed)

    def whole(self, begin: bytes, now_ms: int, public: bool, wants_packed: bool) -> bytes:
        """A whole 200 behind its first lines: what `head` says and OPEN_LINES, and the body."""
        tail = self._tail if wants_packed else None
        if tail is None:
            tail = self._ended(wants_packed)
        if public:
            return _WHOLE_PUBLIC % (begin, *self._kept_s(now_ms), tail)
        last_s, player_s, _ = self._kept_s(now_ms)
        return _WHOLE_PRIVATE % (begin, last_s, player_s, tail)

    def _ended(self, wants_packed: bool) -> bytes:
        """The end of a 200: the lines that are the same at each instant, and the body."""
        body = self._body
        if body is None:
            body = self.body
        if len(body) < PACKED_FROM:
            return b"%b%b\r\n%b" % (self._own(packed=False), OPEN_LINES, body)
        inside = self._packed
        if not wants_packed:
            tail = _END_PLAIN % (crc32(body), adler32(body), len(body), body)
        elif inside is None:
            self._packed = inside = packed(body)
            tail = _END_PACKED % (crc32(body), adler32(body), len(inside), inside)
        else:  # it was asked for before
            tail = self._tail = _END_PACKED % (crc32(body), adler32(body), len(inside), inside)
            self._packed = None
        if self._kept_packed and self._body is not None:
            if self._packed is None and self._tail is None:
                self._packed = packed(body)
            self._body = None
            self.playlist = tuple.__new__(Playlist, (b"", *self.playlist[1:]))
        return tail

    def head_unchanged(self, now_ms: int | None, *, public: bool) -> bytes:
        """The same of a 304 (RFC 9110 15.4.5)."""
        return b"%betag: %b\r\n%b" % (self._kept(now_ms, public), self.tag, _PLAIN)

    def _own(self, *, packed: bool) -> bytes:
        size = len(self.packed) if packed else len(self.body)
        how = _PACKED if packed else _PLAIN if self.packs else b""
        return b"%b%b%b" % (_OWN % (crc32(self.body), adler32(self.body), size), _TYPE, how)

    def _kept(self, now_ms: int | None, public: bool) -> bytes:
        if now_ms is None:
            return b"cache-control: no-store\r\n"
        kept_s = self._kept_s(now_ms)
        return _PUBLIC % kept_s if public else _PRIVATE % kept_s[:2]

    def _kept_s(self, now_ms: int) -> tuple[int, int, int]:
        """How long caches may keep it, in nginx's own words, which it passes on to none, and in RFC 9111's.

        nginx counts whole seconds by its clock and keeps to the end of the second, so a max-age would be overrun by
        up to a second, in which a join would be a segment off. It is told the last second before the edge moves, so
        that it asks once for each move. Then for players, half a target duration at most, and for all other caches.
        """
        playlist = self.playlist
        lasts_ms = playlist.lasts_ms(now_ms)
        return (now_ms + lasts_ms) // 1000 - 1, min(lasts_ms, playlist.longest_ms) // 1000, lasts_ms // 1000


_PUBLIC = b"x-accel-expires: @%d\r\ncache-control: public, max-age=%d, s-maxage=%d\r\n"
_PRIVATE = b"x-accel-expires: @%d\r\ncache-control: private, max-age=%d\r\n"
_WHOLE_PUBLIC, _WHOLE_PRIVATE = b"%b" + _PUBLIC + b"%b", b"%b" + _PRIVATE + b"%b"
_TAG = b'W/"%08x%08x"'
_TAG_FROM = len(b"etag: ")
_TAG_UNTIL = _TAG_FROM + len(_TAG % (0, 0))
_OWN = b"etag: " + _TAG + b"\r\ncontent-length: %d\r\n"
_TYPE = b"content-type: " + PLAYLIST_TYPE.encode() + b"\r\n"
_PLAIN = b"vary: Accept-Encoding\r\n"
_PACKED = _PLAIN + b"content-encoding: gzip\r\n"
_END_PLAIN = _OWN + _TYPE + _PLAIN + OPEN_LINES + b"\r\n%b"
_END_PACKED = _OWN + _TYPE + _PACKED + OPEN_LINES + b"\r\n%b"


def packed(body: bytes) -> bytes:
    """A playlist in gzip."""
    return compress(body, LEVEL, GZIP)


def matches(asked: str, tag: str) -> bool:
    """Whether an If-None-Match names `tag`, compared weakly (RFC 9110 13.1.2)."""
    return asked == "*" or tag.removeprefix("W/") in {one.strip().removeprefix("W/") for one in asked.split(",")}
