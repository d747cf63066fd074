"""Damage in a source is found in chunks as it is in one go, wherever it lies, and fails the job at once."""

import re
import subprocess
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from packager import damage, fingerprint, jobs, steps
from packager.damage import Part
from storage import asset_ids, redis_clients
from storage.errors import BadSource
from storage.folder_objects import FolderObjects
from storage.job_records import JobFacts
from storage.jobs import Jobs
from storage.settings import Settings
from tests.journeys.program import Machine, free_port

from .chunked import analysed
from .conftest import store_at
from .pretending import wait_until
from .sources import AAC, TOOLS, ffmpeg, picture, tone

pytestmark = pytest.mark.slow

CHUNK_S = 4.0
# Key frames at 0, 3, 6 and 9 s, chunks from 0, 4 and 8 s: the run-ups are from 3 and from 6 s.
X264 = ("-c:v", "libx264", "-preset", "veryfast", "-bf", "3", "-g", "75", "-x264-params", "open-gop=1:scenecut=0")


def make(target: Path, seconds: float = 12, size: str = "320x180", rate: str = "25") -> Path:
    ffmpeg(*picture(size, rate, seconds), *tone(seconds), *X264, *AAC, target)
    return target


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("damage") / "film.mp4")


def spoilt(source: Path, begin_s: float, end_s: float, stream: str = "v") -> bytes:
    """The bytes of `source` with zeros in place of the packets that are shown from `begin_s` up to `end_s`."""
    argv = [TOOLS.ffprobe, "-v", "error", "-select_streams", stream, "-show_entries", "packet=pts_time,pos,size",
            "-of", "csv=p=0", str(source)]  # fmt: skip
    data = bytearray(source.read_bytes())
    found = subprocess.run(argv, capture_output=True, text=True, check=True).stdout.split()
    for packet in found:
        shown, size, position = packet.split(",")[:3]
        if begin_s <= float(shown) < end_s:
            data[int(position) : int(position) + int(size)] = bytes(int(size))
    assert data != source.read_bytes()
    return bytes(data)


def refusal(step: Callable[[], object]) -> str | None:
    try:
        step()
    except BadSource as error:
        return str(error)
    return None


def in_one_go(source: Path, folder: Path) -> str | None:
    store = store_at(folder)
    return refusal(lambda: jobs.package(source, objects=store.objects, settings=store.settings))


# In the pictures -------------------------------------------------------------

# What is spoilt, in seconds, and the chunks in which that is found.
PLACES: dict[str, tuple[float, float, list[int]]] = {
    "a picture": (4.58, 4.62, [1]),
    "the end of a chunk": (3.7, 4, [0, 1]),
    "the run-up of a chunk": (6.5, 7.2, [1, 2]),
    "the key frame of a run-up": (5.99, 6.01, [1, 2]),
    "more than a chunk": (3, 9, [0, 1, 2]),
    # Nothing but the sound is left before the second key frame that is whole.
    "the beginning": (0, 4, [0, 1]),
}


@pytest.mark.parametrize("place", PLACES)
def test_damaged_pictures_are_found_where_they_are(place: str, film: Path, tmp_path: Path) -> None:
    begin_s, end_s, wanted = PLACES[place]
    source = tmp_path / "film.mp4"
    source.write_bytes(spoilt(film, begin_s, end_s))
    whole = in_one_go(source, tmp_path / "whole")
    assert whole is not None
    assert whole.startswith("film.mp4: damaged: of 300 pictures ")
    settings = Settings(data=tmp_path / "data")
    analysis, objects = analysed(source, settings, CHUNK_S), FolderObjects(settings.objects_root)
    assert [analysis.run(n).first_frame for n in range(len(analysis.chunks))] == [0, 100, 200]
    said = {
        number: refusal(lambda n=number: steps.video(analysis, n, source, objects=objects, settings=settings))  # type: ignore[misc]
        for number in range(len(analysis.chunks))
    }
    assert [number for number, reason in said.items() if reason is not None] == wanted
    for number in wanted:
        assert (said[number] or "").startswith("film.mp4: damaged: ")
        assert (said[number] or "").endswith("in or near " + ["0 s to 4 s", "4 s to 8 s", "8 s to the end"][number])
    assert refusal(lambda: steps.sound(analysis, source, objects=objects, settings=settings)) is None
    assert list(settings.work_root.iterdir()) == []
    assert list(objects.keys("records/")) == []


def test_damaged_sound_is_found_by_the_step_that_hears_it(film: Path, tmp_path: Path) -> None:
    source = tmp_path / "film.mp4"
    source.write_bytes(spoilt(film, 5, 6, "a"))
    settings = Settings(data=tmp_path / "data")
    analysis, objects = analysed(source, settings, CHUNK_S), FolderObjects(settings.objects_root)
    reason = refusal(lambda: steps.sound(analysis, source, objects=objects, settings=settings))
    assert reason == "film.mp4: damaged: of 518 audio packets 43 could not be decoded"
    assert reason == in_one_go(source, tmp_path / "whole")
    assert refusal(lambda: steps.video(analysis, 1, source, objects=objects, settings=settings)) is None


# In what carries them --------------------------------------------------------


def _cut_short(film: Path, folder: Path) -> Path:
    fast, source = folder / "fast.mp4", folder / "film.mp4"
    ffmpeg("-i", film, "-c", "copy", "-movflags", "+faststart", fast)
    source.write_bytes(fast.read_bytes()[: fast.stat().st_size * 3 // 4])
    return source


def _without_clusters(film: Path, folder: Path) -> Path:
    """Each cluster of Matroska begins with a key frame here, so that all that is left can be decoded."""
    whole, source = folder / "whole.mkv", folder / "film.mkv"
    ffmpeg("-i", film, "-c", "copy", whole)
    data = whole.read_bytes()
    _, gone, *_, kept = [found.start() for found in re.finditer(b"\x1f\x43\xb6\x75", data)]
    source.write_bytes(data[:gone] + bytes(kept - gone) + data[kept:])
    return source


def _without_packets(film: Path, folder: Path) -> Path:
    whole, source = folder / "whole.ts", folder / "film.ts"
    ffmpeg("-i", film, "-c", "copy", whole)
    data = whole.read_bytes()
    middle = len(data) // 2 // 188 * 188
    source.write_bytes(data[:middle] + data[middle + 40 * 188 :])
    return source


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (_cut_short, r"film\.mp4: says 12\.0 s but holds \d\.\d s"),
        (_without_clusters, r"film\.mkv: damaged: 6\.1 s of it cannot be read"),
        (_without_packets, r"film\.ts: damaged: of \d+ pictures .*\d are corrupt"),
    ],
)
def test_a_file_that_lost_a_stretch_is_refused_before_anything_is_encoded(
    made: Callable[[Path, Path], Path], reason: str, film: Path, tmp_path: Path
) -> None:
    source = made(film, tmp_path)
    whole = in_one_go(source, tmp_path / "whole")
    settings = Settings(data=tmp_path / "data")
    divided = refusal(lambda: analysed(source, settings, CHUNK_S))
    assert re.fullmatch(reason, whole or "")
    assert re.fullmatch(reason, divided or "")


def test_what_is_behind_the_end_of_a_live_recording_is_no_damage(film: Path, tmp_path: Path) -> None:
    whole, source = tmp_path / "live.mkv", tmp_path / "film.mkv"
    ffmpeg("-i", film, "-c", "copy", "-live", "1", whole)
    source.write_bytes(whole.read_bytes() + bytes(4096))
    assert analysed(source, Settings(data=tmp_path / "data"), CHUNK_S).holding.count == 300


# What ffmpeg says ------------------------------------------------------------

CONFIG = "[Parsed_showinfo_0 @ 0x7f] [info] config in time_base: 1/25, frame_rate: 25/1"
SHOWN = "[Parsed_showinfo_0 @ 0x7f] [info] n:   {n} pts: {pts:6} pts_time:{s:<7} duration:      1 type:P"


def test_what_is_said_in_the_middle_of_another_line_is_heard() -> None:
    part = Part(start=Fraction(4), end=Fraction(8), key=Fraction(3))
    for line in (
        CONFIG,
        SHOWN.format(n=0, pts=75, s="3"),
        "[Parsed_showinfo_0 @ 0x7f] [info] color_range:unknown color_space:unknowncorrupt decoded frame",
        SHOWN.format(n=1, pts=100, s="4") + "corrupt decoded frame",
        "[vist#0:1/h264 @ 0x7f] [dec:h264 @ 0x7f] [warning] corrupt decoded frame",
        SHOWN.format(n=2, pts=199, s="7.96") + "[error] stream 1, offset 0xe47aa: partial file",
        SHOWN.format(n=3, pts=200, s="8"),
    ):
        part.take(line)
    assert part.shown == 2
    assert part.heard.bad(1) == (0, 3)
    assert part.heard.partial == "stream 1, offset 0xe47aa: partial file"


def test_a_part_may_miss_as_many_pictures_as_a_whole_file(film: Path, tmp_path: Path) -> None:
    """Two of the file, and two that rounding puts into the next part."""
    analysis = analysed(film, Settings(data=tmp_path / "data"), CHUNK_S)

    def missing(count: int) -> int:
        part = Part(start=Fraction(4), end=Fraction(8), key=Fraction(3), shown=100 - count)
        return damage.check_part(analysis.probe, analysis.holding, 100, part)

    assert missing(4) == 4
    with pytest.raises(BadSource, match=r"of 100 pictures 95 could be decoded, in or near 4 s to 8 s$"):
        missing(5)
    with pytest.raises(BadSource, match=r"300 pictures in the file, 297 could be decoded$"):
        damage.check_parts(analysis.probe, analysis.holding, 3)


# A worker --------------------------------------------------------------------


def test_a_job_fails_at_once_with_the_reason(redis_url: str, tmp_path: Path) -> None:
    whole, source = tmp_path / "whole.mp4", tmp_path / "film.mp4"
    ffmpeg(*picture("64x36", "12.5", 64), *X264, whole)
    source.write_bytes(spoilt(whole, 40, 41))
    machine = Machine(tmp_path / "data", free_port())
    settings = Settings(data=machine.data)
    objects, queue = FolderObjects(settings.objects_root), Jobs(redis_clients.synchronous(redis_url), "")
    digest, size = fingerprint.sha256(source, lambda _: None)
    asset = asset_ids.asset_id(digest, settings)
    objects.put_file("uploads/film", source)
    facts = JobFacts(asset=asset, name="film.mp4", title="Film", source_key="uploads/film", source_sha256=digest,
                     size_bytes=size)  # fmt: skip
    assert queue.submit(facts)
    one = {"STREAMSYNC_REDIS_URL": redis_url}
    with machine.running("worker", "-p", "1", ready="event=started", **one) as program:
        wait_until(lambda: queue.job(asset).state in {"done", "failed"})
        program.wait_for("event=failed")
    view = queue.job(asset)
    assert view.state == "failed"
    assert re.fullmatch(r"film\.mp4: damaged: \d+ pictures .* are corrupt, in or near 32 s to the end", view.reason)
    assert {task.name for task in view.tasks} >= {"sound", "video-00000", "video-00001", "ts-00000", "finish"}
    assert [(task.faults, task.outages, task.deaths) for task in view.tasks] == [(0, 0, 0)] * len(view.tasks)
    assert program.err.count("event=began") == program.err.count("event=done") + 1
    assert program.err.count(f"event=began job={asset} task=video-00001") == 1
    assert list(objects.keys("records/")) == []
