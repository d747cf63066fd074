"""Films to broadcast, and machines to broadcast them on."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from storage.private_valkey import PrivateValkey
from storage.settings import Settings
from tests.packager.sources import plain

from .hands import CHUNK_S, Hands
from .program import Machine, free_port

MakeMachine = Callable[[], Machine]


@dataclass(frozen=True, slots=True)
class Films:
    """Two small films whose segments begin at whole milliseconds, so that dates can be compared exactly."""

    one: Path
    two: Path


@pytest.fixture(scope="session")
def films(tmp_path_factory: pytest.TempPathFactory) -> Films:
    folder = tmp_path_factory.mktemp("films")
    plain(folder / "one.mp4", seconds=6)
    plain(folder / "two.mp4", rate="50", size="256x192")
    return Films(folder / "one.mp4", folder / "two.mp4")


@pytest.fixture(scope="session")
def long_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One that takes a second or more to encode."""
    path = tmp_path_factory.mktemp("film") / "long.mp4"
    plain(path, size="640x360", seconds=6)
    return path


@dataclass(frozen=True, slots=True)
class Undisturbed:
    """A film of seven chunks, and what a fleet makes of it that nobody disturbs."""

    film: Path
    made: dict[str, str]


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Undisturbed]:
    folder = tmp_path_factory.mktemp("undisturbed")
    plain(folder / "film.mp4", seconds=7 * CHUNK_S)
    with PrivateValkey(Settings(data=folder / "data")) as url:
        hands = Hands(folder, url)
        job = hands.submit(folder / "film.mp4")
        with hands.worker():
            assert hands.ended(job).state == "done"
        assert len(hands.diary(job, "done", "video-")) == 7
        assert hands.left() == []
        yield Undisturbed(folder / "film.mp4", hands.made(job))


@pytest.fixture(scope="session")
def new_machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MakeMachine]:
    """Makes a machine with an empty data folder."""
    made: list[Machine] = []

    def make() -> Machine:
        made.append(Machine(tmp_path_factory.mktemp("m") / "data", free_port()))
        return made[-1]

    yield make
    for machine in made:
        # A program that a failed test had to kill leaves its Valkey; the last to leave stops it.
        if (machine.data / "valkey" / "valkey.sock").exists():
            with PrivateValkey(Settings(data=machine.data)):
                pass


@pytest.fixture(scope="session")
def library(new_machine: MakeMachine, films: Films) -> Path:
    """A data folder with both films packaged and nothing running; to be copied, not used."""
    machine = new_machine()
    done = machine.run("package", films.one, films.two)
    assert done.returncode == 0, done.stderr
    return machine.data


@pytest.fixture
def empty(new_machine: MakeMachine) -> Machine:
    """A machine with an empty data folder."""
    return new_machine()


@pytest.fixture
def stocked(new_machine: MakeMachine, library: Path) -> Machine:
    """A machine on which both films are assets, and no channel is."""
    machine = new_machine()
    shutil.copytree(library, machine.data)
    return machine


@pytest.fixture(scope="module")
def busy(new_machine: MakeMachine, films: Films) -> Iterator[Machine]:
    """A machine that began with nothing and has both films on air: for tests that only look."""
    machine = new_machine()
    with machine.running("up", films.one, films.two):
        yield machine
