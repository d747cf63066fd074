"""The guide as XMLTV: what its DTD asks for, whatever titles hold."""

import re
from xml.etree import ElementTree

import httpx

from manifest_server.admin.epg import Entry, Guide
from manifest_server.admin.xmltv import xmltv
from storage.catalogue import Catalogue
from storage.metadata import AssetMetadata
from tests.admin.moment_stage import FILMS, with_moment
from tests.stage import EPOCH_MS, visited

TOKEN = "t" * 32
AUTHORITY = {"Authorization": f"Bearer {TOKEN}"}

# What the DTD has inside of a programme, in its order (xmltv.dtd, "<!ELEMENT programme").
PROGRAMME = (
    "title", "sub-title", "desc", "credits", "date", "category", "keyword", "language", "orig-language", "length",
    "icon", "url", "country", "episode-num", "video", "audio", "previously-shown", "premiere", "last-chance", "new",
    "subtitles", "rating", "star-rating", "review", "image",
)  # fmt: skip
ATTRIBUTES = {
    "tv": {"generator-info-name"}, "channel": {"id"}, "programme": {"start", "stop", "channel"}, "rating": {"system"},
    "title": {"lang"}, "desc": {"lang"}, "category": {"lang"}, "language": {"lang"},
    "display-name": set[str](), "value": set[str](),
}  # fmt: skip


def valid(document: bytes) -> ElementTree.Element:
    """The root of an XMLTV document that its DTD would let pass."""
    assert document.startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE tv SYSTEM "xmltv.dtd">\n')
    root = ElementTree.fromstring(document)  # noqa: S314 - our own
    assert re.fullmatch(r"tv( channel)*( programme)*", " ".join(["tv", *(one.tag for one in root)]))
    for one in root.iter():
        assert set(one.keys()) <= ATTRIBUTES[one.tag], one.tag
    for channel in root.findall("channel"):
        assert [one.tag for one in channel] == ["display-name"]
        assert channel.get("id")
    for one in root.findall("programme"):
        places = [PROGRAMME.index(part.tag) for part in one]
        assert places == sorted(places)
        assert one[0].tag == "title"
        assert one[0].text
        assert one.get("channel") == root.findall("channel")[0].get("id")
        for name in ("start", "stop"):
            assert re.fullmatch(r"20\d{12} \+0000", one.get(name, ""))
        for rating in one.findall("rating"):
            assert [part.tag for part in rating] == ["value"]
    return root


def test_xmltv_is_what_its_dtd_asks_for(redis_url: str) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await with_moment(catalogue)
        said = {
            "title": 'Tom & "Jerry" <3', "description": "One line.\nAnd ]]> another; ünïcode \U0001f600.",
            "tags": ["kids", "cats & mice"], "language": "pt-BR", "rating": 0,
        }  # fmt: skip
        for film in FILMS:
            await catalogue.metadata.store(AssetMetadata.model_validate({"asset": film.id, "version": 1, **said}))
        span = {"from": EPOCH_MS / 1000, "until": EPOCH_MS / 1000 + 400}
        for path, name in (("viewers/alice/epg.xml", "alice.main"), ("epg.xml", "main")):
            answer = await client.get(f"/api/v1/channels/main/{path}", params=span, headers=AUTHORITY)
            assert answer.headers["content-type"] == "application/xml"
            root = valid(answer.content)
            assert root.find("channel").get("id") == name  # type: ignore[union-attr]
        entries = (await client.get("/api/v1/channels/main/viewers/alice/epg", params=span, headers=AUTHORITY)).json()
        shown = [one for one in entries["entries"] if one["kind"] != "filler"]
        answer = await client.get("/api/v1/channels/main/viewers/alice/epg.xml", params=span, headers=AUTHORITY)
        programmes = valid(answer.content).findall("programme")
        assert [one.findtext("title") for one in programmes] == [one["title"] for one in shown]
        first = programmes[0]
        assert first.get("start") == "20260101000000 +0000"
        assert first.findtext("desc") == said["description"]
        assert [one.text for one in first.findall("category")] == ["cats & mice", "kids"]
        assert first.findtext("language") == "pt-BR"
        assert first.find("title").get("lang") == "pt-BR"  # type: ignore[union-attr]
        assert first.findtext("rating/value") == "0"
        moment = next(one for one in programmes if one.findtext("title") == "Film 9")
        assert (moment.get("start"), moment.get("stop")) == ("20260101000500 +0000", "20260101000520 +0000")

    visited(redis_url, story, token=TOKEN)


def test_a_title_that_xml_cannot_hold_is_replaced() -> None:
    times = {"starts": "2026-01-01T00:00:00.000Z", "ends": "2026-01-01T00:00:12.000Z"}
    entry = Entry("clip", times["starts"], times["ends"], title="a\x07b\x00\ufffe \ud83dc", asset="x")
    guide = Guide("main", None, None, "", "", None, (entry,))
    assert valid(xmltv(guide)).findtext("programme/title") == "a\ufffdb\ufffd\ufffd \ufffdc"
