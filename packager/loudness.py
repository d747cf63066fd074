"""Loudness: how loud a source is, and the one gain that brings it to where every asset is."""

import re
import threading
from collections.abc import Callable

from packager import child, commands
from packager.commands import PEAK_CEILING_DB, Gain
from packager.probe import Probe
from packager.tools import Tools
from storage.errors import BadSource

TARGET_LUFS = -16.0
MOST_DB = 20.0
LEAST_DB = -30.0

# ebur128's gate: quieter than this is silence, and has no loudness.
_SILENCE_LUFS = -70.0

_INTEGRATED = re.compile(r"\bI:\s+(-?[\d.]+|-?inf|nan) LUFS")
_PEAK = re.compile(r"\bPeak:\s+(-?[\d.]+|-?inf|nan) dBFS")


def gain(
    probe: Probe,
    tools: Tools,
    *,
    stop: threading.Event | None = None,
    reached: Callable[[float], None] | None = None,
) -> Gain:
    """The gain for the audio of a source: -16 LUFS, integrated (EBU R 128). Raises BadSource.

    `reached` is told the seconds that are measured; what it raises stops the measure.
    """
    if probe.audio is None:
        return Gain(0.0, limited=False)
    told = reached or (lambda _: None)
    found: dict[str, float] = {}

    def read(line: str) -> None:
        for name, pattern in (("loudness", _INTEGRATED), ("peak", _PEAK)):
            match = pattern.search(line)
            if match:
                found[name] = float(match[1])

    moving = child.Moving()

    def tell() -> None:
        told(moving.out_us / 1e6)

    def heard(line: str) -> bool:
        moved = moving.heard(line)
        if moved:
            tell()
        return moved

    argv = commands.measure(tools.ffmpeg, probe, probe.audio)
    try:
        ended = child.run(argv, out=heard, err=read, stop=stop, beat=tell)
    except child.Stalled as error:
        raise BadSource(f"{probe.name}: decoding its audio stopped: {error}") from None
    if ended.code != 0 or "loudness" not in found:
        raise BadSource(f"{probe.name}: its audio ({probe.audio.codec}) cannot be decoded: {ended.reason}")
    return needed(found["loudness"], found.get("peak", 0.0))


def needed(loudness_lufs: float, peak_dbfs: float) -> Gain:
    """The gain for sound of this loudness and highest sample. Silence stays as it is."""
    if not loudness_lufs > _SILENCE_LUFS:
        return Gain(0.0, limited=False)
    db = min(MOST_DB, max(LEAST_DB, TARGET_LUFS - loudness_lufs))
    return Gain(round(db, 2), limited=peak_dbfs + db > PEAK_CEILING_DB)
