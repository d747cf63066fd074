"""Steps: a long video packaged in parts, each on any machine that has the source: analyse, video, sound, ts, finish.

Every step blocks, may be killed at any point and run again, and publishes the same bytes when it is. `video` and `sound`
follow `analyse` in any order, `ts` of a chunk follows its `video` and `sound`, `finish` comes last.
All raise BadSource for what repeating does not mend; NoRoom, Unavailable and Conflict (the same step runs on this
machine) for what it does. `progress` is called in the caller's thread; what it raises stops the step.
"""

from collections.abc import Sequence
from pathlib import Path

from packager.parts import Analysis, SoundPart, TsPart, VideoPart
from packager.progress import Watcher
from packager.tools import Tools
from storage.objects import Objects
from storage.records import AssetRecord
from storage.settings import Settings


def analyse(
    source: Path,
    *,
    asset: str,
    expected_sha256: str | None,
    title: str | None,
    name: str,
    settings: Settings,
    tools: Tools | None = None,
    progress: Watcher | None = None,
) -> Analysis:
    """What `source` holds and how it will be cut. `name` is the file's name as people know it.

    Raises BadSource also when the bytes are not those of `expected_sha256`.
    """
    raise NotImplementedError


def video(
    analysis: Analysis,
    number: int,
    source: Path,
    *,
    objects: Objects,
    settings: Settings,
    progress: Watcher | None = None,
) -> VideoPart:
    """Encode chunk `number` in all rungs and publish its `cmaf` segments."""
    raise NotImplementedError


def sound(
    analysis: Analysis, source: Path, *, objects: Objects, settings: Settings, progress: Watcher | None = None
) -> SoundPart:
    """Encode the sound of all of `source` in one go and publish its `cmaf` segments."""
    raise NotImplementedError


def ts(
    analysis: Analysis, number: int, *, objects: Objects, settings: Settings, progress: Watcher | None = None
) -> TsPart:
    """Make the `ts` segments of chunk `number` from what `video` and `sound` published. Needs no source."""
    raise NotImplementedError


def finish(
    analysis: Analysis,
    videos: Sequence[VideoPart],
    sound: SoundPart,
    tss: Sequence[TsPart],
    *,
    objects: Objects,
    settings: Settings,
    progress: Watcher | None = None,
) -> AssetRecord:
    """Publish playlists, pictures and, last, the record; remove the intermediates. Needs no source."""
    raise NotImplementedError
