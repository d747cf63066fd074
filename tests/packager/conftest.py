"""Sources made once for all tests, and one packaged result to look into."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pytest

from packager import commands, cuts, encode, ladder, mux, packets, probe
from packager.commands import Gain
from packager.cuts import Cuts
from packager.ladder import Rung
from packager.progress import unwatched
from storage.folder_objects import FolderObjects
from storage.records import AssetRecord
from storage.settings import Settings

from .sources import SOURCES, TOOLS

Clip = Callable[[str], Path]


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    """Gives the path of a source by name, making it when first asked for."""
    folder = tmp_path_factory.mktemp("sources")

    def made(name: str) -> Path:
        path = folder / name
        if not path.exists():
            SOURCES[name](path)
        return path

    return made


@dataclass(frozen=True, slots=True)
class Store:
    """A store of its own and the settings that go with it."""

    settings: Settings
    objects: FolderObjects

    def read(self, record: AssetRecord, name: str) -> bytes:
        return self.objects.read(f"assets/{record.id}/{name}")

    def leftovers(self) -> list[str]:
        root = self.settings.work_root
        return sorted(path.name for path in root.iterdir()) if root.exists() else []


def store_at(folder: Path) -> Store:
    settings = Settings(data=folder)
    return Store(settings, FolderObjects(settings.objects_root))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return store_at(tmp_path / "data")


@dataclass(frozen=True, slots=True)
class Result:
    """What encode and mux left for the gate."""

    cuts: Cuts
    rungs: tuple[Rung, ...]
    out: Path


@pytest.fixture(scope="session")
def result(clip: Clip, tmp_path_factory: pytest.TempPathFactory) -> Result:
    """9 s of 29.97 fps in one rung, encoded and cut, not yet checked."""
    folder = tmp_path_factory.mktemp("result")
    probed = probe.probe(clip("ntsc.mp4"), TOOLS)
    holding = packets.scan(probed, TOOLS, reached=lambda _: None)
    plan = cuts.plan(holding.duration, holding.rate)
    assert plan.duration == Fraction(270) / Fraction(30000, 1001)
    rungs = ladder.rungs(probed.video.width, probed.video.height, "pad")
    gain = Gain(0.0, limited=False)
    encode.encode(probed, holding, plan, rungs, gain, folder=folder, tools=TOOLS, watcher=unwatched)
    out = folder / "out"
    mux.mux(plan, rungs, folder=folder, out=out, tools=TOOLS, watcher=unwatched)
    assert commands.intermediate(folder, "audio").exists()
    return Result(plan, rungs, out)
