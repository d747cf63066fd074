"""What a request asks for, read strictly from its bytes: a part of what HTTP allows, and None for all the rest."""

import re
from typing import NamedTuple

from manifest_server.playout.past import STEPS_S

HEAD_LIMIT = 8192
_QUERY = re.compile(rb"[!\"$-~]*")  # printable ASCII but #
_BACKS = {b"%d" % back_s: back_s for back_s in (0, *STEPS_S)}
# A head as no parser takes otherwise than others: no bare CR or LF, no folding, no space before a colon.
_HEAD = re.compile(rb"(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t \x21-\x7e\x80-\xff]*\r\n)*\r\n")
_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[\t ]*([\t \x21-\x7e\x80-\xff]*?)[\t ]*\r\n")
# RFC 9110 12.5.3; a weight of 0 is a refusal.
_GZIP = re.compile(r"(?:^|,)[ \t]*gzip[ \t]*(?:,|$|;[ \t]*q=(?!0(?:\.0*)?[ \t]*(?:,|$)))", re.IGNORECASE)
# With one of them there is a body, or something to agree on first.
_ODD = {b"content-length", b"transfer-encoding", b"expect", b"upgrade", b"proxy-connection", b"http2-settings"}


class Wishes(NamedTuple):
    """What a request's head asks for: all behind its first line."""

    head: bytes
    size: int
    packed: bool
    unless: str | None  # If-None-Match


NO_WISHES = Wishes(b"", -1, packed=False, unless=None)  # of a connection on which nothing was asked yet


def wishes_of(head: bytes) -> Wishes | None:
    """What a head asks for; None where it is none that is known through and through."""
    if len(head) > HEAD_LIMIT or not _HEAD.fullmatch(head):
        return None
    packed: bool | None = None
    unless: str | None = None
    for written, value in _LINE.findall(head):
        name = written.lower()
        if name in _ODD or (name == b"connection" and value.lower() != b"keep-alive"):
            return None
        if name == b"accept-encoding" and packed is None:
            packed = takes_gzip(value.decode("latin-1"))
        elif name == b"if-none-match" and unless is None:
            unless = value.decode("latin-1")
    return Wishes(head, len(head), bool(packed), unless)


def takes_gzip(accept_encoding: str) -> bool:
    """Whether who says so can unpack gzip."""
    return _GZIP.search(accept_encoding) is not None


def asked_by(query: bytes) -> tuple[int, bytes] | None:
    """How much of the past, and the token; None where the application is to read it."""
    back_s, token = -1, None
    if not query:
        return 0, b""
    if not _QUERY.fullmatch(query):
        return None
    for part in query.split(b"&"):
        name, _, value = part.partition(b"=")
        if name == b"t" and token is None:
            token = value
        elif name == b"back" and back_s < 0 and value in _BACKS:
            back_s = _BACKS[value]
        elif part and name != b"CMCD":  # the edge ends each part of its own with a "&"
            return None
    return max(back_s, 0), token or b""
