"""The guide as XMLTV: what its DTD asks for, whatever titles hold."""

from dataclasses import replace
from xml.etree import ElementTree

import httpx

from manifest_server.admin.epg import Entry, Guide
from manifest_server.admin.xmltv import xmltv
from storage.catalogue import Catalogue
from storage.metadata import AssetMetadata
from tests.admin.moment_stage import FILMS, with_moment
from tests.admin.parts_stage import FIVE_MS, with_parts
from tests.admin.xmltv_validator import faults
from tests.stage import EPOCH_MS, visited

TOKEN = "t" * 32
AUTHORITY = {"Authorization": f"Bearer {TOKEN}"}

HEAD = b'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE tv SYSTEM "xmltv.dtd">\n'
TIMES = ("2026-01-01T00:00:00.000Z", "2026-01-01T00:00:12.000Z")


def read(document: bytes) -> ElementTree.Element:
    """The root of a document."""
    assert document.startswith(HEAD)
    return ElementTree.fromstring(document)  # noqa: S314 - our own


def guide(*entries: Entry, channel: str = "main", viewer: str | None = None) -> Guide:
    return Guide(channel, viewer, None, "", "", None, entries)


def test_what_is_said_of_assets_is_there(redis_url: str) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await with_moment(catalogue)
        said = {
            "title": 'Tom & "Jerry" <3', "description": "One line.\nAnd ]]> another; ünïcode \U0001f600.",
            "tags": ["kids", "cats & mice"], "language": "pt-BR", "rating": 0,
        }  # fmt: skip
        for film in FILMS:
            await catalogue.metadata.store(AssetMetadata.model_validate({"asset": film.id, "version": 1, **said}))
        span = {"from": EPOCH_MS / 1000, "until": EPOCH_MS / 1000 + 400}
        for path, name in (("viewers/alice/epg.xml", "alice.main.streamsync"), ("epg.xml", "main.streamsync")):
            answer = await client.get(f"/api/v1/channels/main/{path}", params=span, headers=AUTHORITY)
            assert answer.headers["content-type"] == "application/xml"
            root = read(answer.content)
            assert root.find("channel").get("id") == name  # type: ignore[union-attr]
        entries = (await client.get("/api/v1/channels/main/viewers/alice/epg", params=span, headers=AUTHORITY)).json()
        shown = [one for one in entries["entries"] if one["kind"] != "filler"]
        answer = await client.get("/api/v1/channels/main/viewers/alice/epg.xml", params=span, headers=AUTHORITY)
        programmes = read(answer.content).findall("programme")
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
    entry = Entry("clip", *TIMES, title="a\x07b\x00\ufffe \ud83dc\x85", asset="x")
    assert read(xmltv(guide(entry))).findtext("programme/title") == "a\ufffdb\ufffd\ufffd \ufffdc\ufffd"
    blank = Entry("clip", *TIMES, title=" ", description="\n", asset="x")
    assert read(xmltv(guide(blank))).findtext("programme/title") == "x"
    assert b"<desc" not in xmltv(guide(blank))


def test_whatever_titles_are_xmltvs_own_validator_lets_them_pass() -> None:
    titles = [
        "\U0001f600 \u202eabc\u202c \u05e9\u05dc\u05d5\u05dd", "".join(map(chr, range(256))), "x" * 10_240, "\u200b",
        "&amp; <b>bold</b> ]]> <!-- '\"", "a\r\nb\tc", "\udc80\ufffe\uffff", "<!DOCTYPE x [<!ENTITY a 'b'>]>&a;", " ",
    ]  # fmt: skip
    entries = [
        Entry(
            "clip", *TIMES, title=title, asset="x", description=title, language="pt-BR", rating=12, tags=(title, "b"),
            poster="https://cdn.example/assets/x/poster.jpg",
        )
        for title in titles
    ]  # fmt: skip
    endless = [replace(entry, ends=None) for entry in entries]
    assert faults(xmltv(guide(*entries)), xmltv(guide(*endless, viewer="alice"))) == ["", ""]


def test_the_ids_of_channels_are_as_xmltv_wants_them_whatever_names_they_have() -> None:
    names = ["main", "a.b", "a_b", "a-5fb", "a-b", "A-2D-2e", "x..", "9", "a-", "a--2e", "a" * 64]
    documents = [
        xmltv(guide(Entry("clip", *TIMES, title="x"), channel=name, viewer=viewer))
        for name in names
        for viewer in (None, "a.b", "b_")
    ]
    assert len({read(one).find("channel").get("id") for one in documents}) == len(documents)  # type: ignore[union-attr]
    assert faults(*documents) == [""] * len(documents)


def test_moments_breaks_and_day_parts_are_valid_for_channel_and_viewer(redis_url: str) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await with_parts(catalogue)
        await catalogue.index_asset(FILMS[1].model_copy(update={"poster": "assets/x/poster.jpg"}))
        span = {"from": FIVE_MS / 1000 - 300, "until": FIVE_MS / 1000 + 600}
        documents = []
        for path in ("epg.xml", "viewers/alice/epg.xml", "viewers/bob_/epg.xml"):
            answer = await client.get(f"/api/v1/channels/main/{path}", params=span, headers=AUTHORITY)
            documents.append(answer.content)
        assert b'<icon src="https://cdn.example/assets/x/poster.jpg" />' in documents[1]
        assert len(read(documents[0]).findall("programme")) == 6
        assert faults(*documents) == ["", "", ""]
        entries = (await client.get("/api/v1/channels/main/viewers/alice/epg", params=span, headers=AUTHORITY)).json()
        posters = {one["asset"]: one["poster"] for one in entries["entries"]}
        assert posters[FILMS[1].id] == "https://cdn.example/assets/x/poster.jpg"
        assert posters[FILMS[0].id] is None

    visited(redis_url, story, token=TOKEN, media_url="https://cdn.example")


def test_a_poster_that_is_only_a_path_is_for_json_alone() -> None:
    entry = Entry("clip", *TIMES, title="x", poster="/chunks/assets/x/poster.jpg")
    assert b"icon" not in xmltv(guide(entry))


def test_the_validator_finds_what_is_wrong() -> None:
    good = xmltv(guide(Entry("clip", *TIMES, title="x", description="y")))
    moved = good.replace(b"<desc>y</desc>", b"").replace(b"<title>", b"<desc>y</desc><title>")
    assert faults(good, moved, good.replace(b"<title>x", b"<title>"), good.replace(b"+0000", b"now")) == [
        "", "notvalid", "emptytitle", "badstart badstop",
    ]  # fmt: skip
