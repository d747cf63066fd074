import pytest

from manifest_server.onair.blobs import Blobs
from manifest_server.onair.channel import Channel
from manifest_server.onair.offers import stand_in
from manifest_server.onair.stream import stream
from manifest_server.playout.lineup import Succession
from storage.clips import ClipRecord
from storage.errors import NotFound
from storage.records import ChannelRecord, LineupPart, LineupRecord, PoolRevision
from tests.stage import EPOCH_MS, asset

TALL, LOW = asset(1, rungs=("720p", "480p")), asset(2, rungs=("240p",))


def channel(msn: int = 100) -> Channel:
    revisions = (PoolRevision(tick=0, assets=(TALL.id, LOW.id)),)
    record = ChannelRecord(name="main", revisions=revisions, epoch_ms=EPOCH_MS, msn=msn, dsn=10)
    return Channel(record, {TALL.id: TALL, LOW.id: LOW})


def airs(on: Channel, lineup: LineupRecord) -> Succession:
    return stream(on, on, lineup.id, lineup).succession(0, 0)


@pytest.mark.parametrize(
    ("record", "rung", "plays"),
    [
        (TALL, "720p", "720p"),
        (TALL, "480p", "480p"),
        (TALL, "1080p", "720p"),
        (TALL, "240p", "480p"),  # nothing lower: its lowest
        (LOW, "720p", "240p"),
        (LOW, "audio", "audio"),
    ],
)
def test_an_asset_without_a_rung_plays_the_nearest_lower_one(record: object, rung: str, plays: str) -> None:
    assert isinstance(record, type(TALL))
    assert stand_in(record, "cmaf", rung).rung == plays


@pytest.mark.parametrize("rung", ["", "p", "x240p", "-240p", "²p", "cmaf"])
def test_what_is_no_rung_is_not_found(rung: str) -> None:
    with pytest.raises(NotFound):
        stand_in(TALL, "cmaf", rung)


def test_muxed_audio_is_no_rendition() -> None:
    assert "ts-audio" not in channel().renditions
    with pytest.raises(NotFound):
        stand_in(TALL, "ts", "audio")


def test_with_audio_of_its_own_the_variant_nearest_two_megabits_comes_first() -> None:
    rich = asset(3, rungs=("720p", "480p", "240p"))
    fast = tuple(one.model_copy(update={"average_bps": one.average_bps * 4}) for one in rich.renditions)
    record = channel().record.model_copy(update={"revisions": (PoolRevision(tick=0, assets=(rich.id,)),)})
    offers = Channel(record, {rich.id: rich.model_copy(update={"renditions": fast})}).offers
    assert [one.rendition for one in offers["cmaf"].variants] == ["cmaf-480p", "cmaf-720p", "cmaf-240p"]
    # ffmpeg takes the largest picture and the first sound: muxed, they must be one playlist.
    assert [one.rendition for one in offers["ts"].variants] == ["ts-720p", "ts-480p", "ts-240p"]


def test_a_given_lineup_begins_anew_with_its_channel() -> None:
    clips = (ClipRecord(asset=LOW.id, first=1),)
    parts = (
        LineupPart(start=0, msn=100, dsn=10, clips=(ClipRecord(asset=TALL.id),), repeats=True),
        LineupPart(start=1_080_000, msn=103, dsn=11, clips=clips, repeats=True),
    )
    lineup = LineupRecord(id="kids", run_msn=100, parts=parts)
    same = airs(channel(), lineup)
    assert [(one.start, one.msn, one.dsn) for one in same.lineups] == [(0, 100, 10), (1_080_000, 103, 11)]
    restarted = airs(channel(900), lineup)
    assert [(one.start, one.msn, one.dsn) for one in restarted.lineups] == [(0, 900, 10)]
    assert restarted.place(0).segment == 1


def test_a_clip_that_does_not_exist_is_not_found() -> None:
    with pytest.raises(NotFound, match="no asset 'nope' on channel 'main'"):
        channel().order([ClipRecord(asset="nope")])
    with pytest.raises(NotFound, match="has no segments 1 to 9"):
        channel().order([ClipRecord(asset=LOW.id, first=1, last=9)])


def test_a_blob_is_rendered_once() -> None:
    blobs = Blobs("https://cdn.example/")
    made = blobs.of(TALL, "cmaf", "720p")
    assert made is blobs.of(TALL, "cmaf", "720p")
    assert made.map == f'#EXT-X-MAP:URI="https://cdn.example/assets/{TALL.id}/cmaf/720p/init.mp4"\n'.encode()
    assert made.lines[: made.offsets[1]] == (
        f"#EXTINF:4.000000,\nhttps://cdn.example/assets/{TALL.id}/cmaf/720p/0.m4s\n".encode()
    )
    assert blobs.of(TALL, "ts", "720p").map == b""
