"""A guide as XMLTV, for players and set-top boxes. Pure.

The elements come in the order that its DTD asks for, and what its own validator finds strange is not there.
https://github.com/XMLTV/xmltv/blob/master/xmltv.dtd, lib/ValidateFile.pm
"""

import re
from xml.etree import ElementTree

from manifest_server.admin.epg import Entry, Guide

MEDIA_TYPE = "application/xml"

_HEAD = b'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE tv SYSTEM "xmltv.dtd">\n'
# What XML 1.0 cannot hold, however it is written, and other control characters; a title may be anybody's file's name.
_NOT_XML = re.compile("[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NOT_ID = re.compile("[._]|-(?=2d|2e|5f)")


def xmltv(guide: Guide) -> bytes:
    """The guide as a document. Idents before moments are left out: they are no programme."""
    name = ".".join(_label(one) for one in (guide.viewer, guide.channel, "streamsync") if one is not None)
    tv = ElementTree.Element("tv", {"generator-info-name": "StreamSync"})
    channel = ElementTree.SubElement(tv, "channel", id=name)
    _text(channel, "display-name", guide.channel)
    for entry in guide.entries:
        if entry.kind != "filler":
            _programme(tv, name, entry)
    ElementTree.indent(tv)
    document: bytes = ElementTree.tostring(tv, encoding="utf-8")
    return _HEAD + document + b"\n"


def _programme(tv: ElementTree.Element, channel: str, entry: Entry) -> None:
    times = {"start": _time(entry.starts), "channel": channel}
    if entry.ends is not None:
        times = {"start": _time(entry.starts), "stop": _time(entry.ends), "channel": channel}
    one = ElementTree.SubElement(tv, "programme", times)
    language = {} if entry.language is None else {"lang": entry.language}
    _text(one, "title", entry.title if entry.title.strip() else entry.asset or "-", language)
    if entry.description.strip():
        _text(one, "desc", entry.description, language)
    for tag in entry.tags:
        _text(one, "category", tag)
    if entry.language is not None:
        _text(one, "language", entry.language)
    if entry.poster is not None and not entry.poster.startswith("/"):  # whoever reads it is elsewhere
        ElementTree.SubElement(one, "icon", src=entry.poster)
    if entry.rating is not None:
        rating = ElementTree.SubElement(one, "rating", system="age")
        _text(rating, "value", str(entry.rating))


def _label(name: str) -> str:
    """A name as a part of a channel's id, which is like the name of a host (RFC 2838); no two names become one."""
    return _NOT_ID.sub(lambda found: f"-{ord(found[0]):02x}", name)


def _text(parent: ElementTree.Element, name: str, text: str, attributes: dict[str, str] | None = None) -> None:
    ElementTree.SubElement(parent, name, attributes or {}).text = _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)


def _time(date: str) -> str:
    """`2026-01-31T12:00:00.000Z` as `20260131120000 +0000`: whole seconds, rounded down."""
    return re.sub(r"[-:T]", "", date[:19]) + " +0000"
