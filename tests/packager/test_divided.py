"""Which sources are divided into chunks: those of which each part can be read by itself, to the frame."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from packager.chunks import divide, is_divisible
from packager.cuts import plan
from packager.packets import Holding
from packager.probe import Audio, Probe, Video
from packager.timeline import Timeline
from storage.settings import Settings

from .chunked import analysed
from .conftest import Clip

BASE = Fraction(1, 25)


def timeline(times: Iterable[int | None], base: Fraction = BASE) -> Timeline:
    """Pictures at `times`, of which every fiftieth is a key frame."""
    made = Timeline(base)
    for number, time in enumerate(times):
        made.take(time, number % 50 == 0, is_hidden=False)
    made.end()
    return made


@dataclass(frozen=True)
class Facts:
    """What is known of a source. It is divided as it is here."""

    probe: Probe
    holding: Holding
    timeline: Timeline

    def probed(self, **other: Any) -> "Facts":
        return replace(self, probe=replace(self.probe, **other))

    def filmed(self, **other: Any) -> "Facts":
        return self.probed(video=replace(self.probe.video, **other))

    def held(self, **other: Any) -> "Facts":
        return replace(self, holding=replace(self.holding, **other))

    def timed(self, *times: int | None) -> "Facts":
        return replace(self, timeline=timeline(times))

    @property
    def is_divisible(self) -> bool:
        return is_divisible(self.probe, self.holding, self.timeline)

    @property
    def chunks(self) -> int:
        cuts = plan(self.holding.duration, self.holding.rate)
        return len(divide(self.probe, self.holding, cuts, self.timeline, 4))


FILM = Facts(
    Probe(
        path=Path("film.mp4"),
        name="film.mp4",
        formats=frozenset({"mov", "mp4"}),
        start_s=Fraction(0),
        promised_s=Fraction(12),
        video=Video(
            index=0, codec="h264", width=320, height=180, average_rate=Fraction(25), interlaced=False,
            transfer="bt709", matrix="bt709", promised_s=Fraction(12), promised_frames=300,
        ),
        audio=Audio(1, "aac", 2),
        time_bases={0: BASE, 1: Fraction(1, 48_000)},
        starts={0: Fraction(0), 1: Fraction(0)},
    ),
    Holding(
        duration=Fraction(12), rate=Fraction(25), count=300, leading=0, corrupt=0, per_frame=1, is_steady=True
    ),
    timeline(range(300)),
)  # fmt: skip

UNLIKE: dict[str, Callable[[], Facts]] = {
    "another container": lambda: FILM.probed(formats=frozenset({"mpeg"})),
    "another codec": lambda: FILM.filmed(codec="wmv3"),
    "few pictures a second": lambda: FILM.held(rate=Fraction(10)),
    "fields in packets of their own": lambda: FILM.held(per_frame=2),
    "clocks that go back": lambda: FILM.held(is_steady=False),
    "a start that is not told": lambda: FILM.probed(starts={0: Fraction(0)}),
    "streams that begin far apart": lambda: FILM.probed(starts={0: Fraction(0), 1: Fraction(5)}),
    "a picture without a time": lambda: FILM.timed(0, 1, None, 3),
    "two pictures of one time": lambda: FILM.timed(0, 1, 1, 2),
    "fields with a gap": lambda: FILM.filmed(interlaced=True).timed(0, 1, 8),
}


def test_a_film_is_divided() -> None:
    assert FILM.is_divisible
    assert FILM.chunks == 3


@pytest.mark.parametrize("unlike", UNLIKE)
def test_one_without_which_a_part_cannot_be_read_is_not(unlike: str) -> None:
    facts = UNLIKE[unlike]()
    assert not facts.is_divisible
    assert facts.chunks == 1


@pytest.mark.parametrize(
    "facts",
    [
        FILM.filmed(interlaced=True),
        FILM.probed(starts={0: Fraction(0), 1: Fraction(499, 100)}),
        FILM.probed(audio=None, starts={0: Fraction(7)}),
        FILM.timed(0, 1, 230, 231),
    ],
    ids=["fields without a gap", "streams that begin less far apart", "no sound", "a picture that is held"],
)
def test_what_can_be_read_in_parts_is_divided_all_the_same(facts: Facts) -> None:
    assert facts.is_divisible


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("film.mp4", 2),
        ("surround.mp4", 2),
        ("turned.mp4", 2),
        ("variable.mkv", 2),
        ("offset.ts", 2),
        ("ten_bit.mov", 2),
        ("vp9.webm", 2),
        # Containers that do not tell, or not reliably, where a picture is.
        ("interlaced.mpg", 1),
        ("old.avi", 1),
    ],
)
def test_real_files_are_divided_or_packaged_in_one_go(clip: Clip, tmp_path: Path, name: str, count: int) -> None:
    analysis = analysed(clip(name), Settings(data=tmp_path / "data"), 4)
    assert len(analysis.chunks) == count
    assert analysis.is_whole == (count == 1)
    # Each picture of the source is in one chunk.
    assert sum(chunk.pictures for chunk in analysis.chunks) == analysis.holding.count
