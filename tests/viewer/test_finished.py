"""A finished playlist is kept packed, and says the same whatever is left of it."""

import gzip

import pytest

from manifest_server.onair.making import Playlist
from manifest_server.viewer.finished import Finished

BODY = b"#EXTM3U\n" + b"#EXTINF:4.000000,\n/chunks/some-asset/cmaf/720p/00000.m4s\n" * 20
MADE_MS = 1_767_225_600_000
BEGIN = b"HTTP/1.1 200 OK\r\n"


def finished(body: bytes = BODY, *, kept: bool = True) -> Finished:
    return Finished(Playlist(body, MADE_MS, MADE_MS + 3000, MADE_MS + 2000, 2000), kept=kept)


def answer(one: Finished, *, packed: bool) -> bytes:
    return one.whole(BEGIN, MADE_MS, True, packed)


@pytest.mark.parametrize("body", [BODY, b"#EXTM3U\n"])
@pytest.mark.parametrize("order", [(True, True, True, False), (False, False, True, True), (True, False, True, False)])
def test_every_answer_is_the_one_of_a_playlist_that_was_just_made(body: bytes, order: tuple[bool, ...]) -> None:
    one = finished(body)
    for packed in order:
        new = finished(body, kept=False)
        assert answer(one, packed=packed) == answer(new, packed=packed)
        assert (one.tag, one.body, one.packed, one.packs) == (new.tag, new.body, new.packed, new.packs)
        assert one.head(MADE_MS, public=True, packed=one.packs) == new.head(MADE_MS, public=True, packed=new.packs)
        assert one.head_unchanged(MADE_MS, public=False) == new.head_unchanged(MADE_MS, public=False)


@pytest.mark.parametrize("packed", [True, False])
def test_one_that_was_given_out_is_kept_packed(packed: bool) -> None:
    one, new = finished(), finished()
    assert len(answer(one, packed=packed)) > (300 if packed else len(BODY))
    assert one.playlist.body == b""
    assert gzip.decompress(one.packed) == one.body == BODY
    assert len(one.packed) < one.weight == new.weight < len(BODY) // 2
