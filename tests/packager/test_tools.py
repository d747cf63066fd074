from pathlib import Path

import pytest

from packager import tools
from storage.errors import BadInput, Unavailable
from storage.settings import Settings


def program(folder: Path, says: str) -> Path:
    """A program that answers `-version`."""
    path = folder / "ffmpeg"
    path.write_text(f"#!/bin/sh\necho '{says}'\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("version", ["6.1", "n8.1.2", "7.1.1-1ubuntu1", "N-121583-g0123456"])
def test_an_ffmpeg_that_counts_decode_errors_will_do(tmp_path: Path, version: str) -> None:
    path = program(tmp_path, f"ffmpeg version {version} Copyright")
    assert tools.find(Settings(ffmpeg=path)).ffmpeg == str(path)


@pytest.mark.parametrize("version", ["5.1.9-0+deb12u1", "n4.4", "6.0.1"])
def test_an_older_one_is_refused_by_its_version(tmp_path: Path, version: str) -> None:
    path = program(tmp_path, f"ffmpeg version {version} Copyright")
    with pytest.raises(Unavailable, match=r"is version \d\.\d: 6\.1 is needed; name one in STREAMSYNC_FFMPEG"):
        tools.find(Settings(ffmpeg=path))


def test_without_a_setting_or_a_wheel_the_one_on_path_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = program(tmp_path, "ffmpeg version 8.0 Copyright")
    (tmp_path / "ffprobe").symlink_to(path)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr(tools, "_of_the_wheel", lambda name: None)
    assert tools.find(Settings()) == tools.Tools(str(path), str(tmp_path / "ffprobe"))
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(Unavailable, match="no ffmpeg: install it on PATH, or name it in STREAMSYNC_FFMPEG"):
        tools.find(Settings())


def test_a_setting_that_names_no_program_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"STREAMSYNC_FFPROBE='.*': it is not a program that can be run"):
        tools.find(Settings(ffprobe=tmp_path / "none"))
