"""A channel's life three ways: by the command line on the storage itself, by it through a server, by the API."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from storage.catalogue import Catalogue
from storage.keys import record_key
from storage.private_valkey import PrivateValkey
from storage.settings import Settings
from storage.stores import objects
from tests.stage import asset
from tests.storage.catalogues import told

from .program import Machine, free_port

pytestmark = pytest.mark.slow

TOKEN = "S3CR3T-token"  # noqa: S105
A, B, C = (f"{number:032x}" for number in (1, 2, 3))
NOBODY = "f" * 32
FILE = "FILE"  # stands for a path on each machine

# What is typed, the exit code, and whether what is printed tells of no clock.
LIFE: list[tuple[tuple[str, ...], int, bool]] = [
    (("channel", "list"), 0, True),
    (("channel", "show", "main"), 4, True),
    (("channel", "create", "main"), 0, True),
    (("channel", "create", "main"), 5, True),
    (("asset", "edit", A, "title=The One", "tags=kids", "rights_until=2099-01-01"), 0, True),
    (("asset", "edit", A, "--version", "0", "tags+=late"), 5, True),
    (("assets", "--json"), 0, True),
    (("channel", "pool", "main", A, NOBODY), 4, True),
    (("channel", "pool", "main", A, B, "--json"), 0, True),
    (("channel", "follow", "main", "tags=kids", "--dry-run"), 0, True),
    (("channel", "follow", "main", "tags=nothing"), 5, False),
    (("lineups", "give", "kids", f"{A}:0:2", C), 0, True),
    (("lineups", "give", "kids", B), 5, True),
    (("lineups", "give", "spare", B), 0, True),
    (("lineups", "remove", "spare", "--json"), 0, True),
    (("lineups", "show", "spare"), 4, True),
    (("lineup", "alice"), 6, True),
    (("channel", "start", "main", "--at", "2026-01-01T00:00:00Z", "--json"), 0, True),
    (("viewers", "assign", "alice", "kids"), 0, True),
    (("lineups", "remove", "kids", "--version", "9"), 5, True),
    (("lineups", "remove", "kids", "--dry-run"), 0, False),
    (("lineup", "alice", "--at", "2026-01-01T10:00:00Z", "--json"), 0, True),
    (("lineup", "bob", "--at", "2026-01-01T10:00:00Z"), 0, True),
    (("lineups", "edit", "kids", B, "--once", "--version", "1"), 0, False),
    (("asset", "retire", C), 0, True),
    (("asset", "delete", B), 5, True),
    (("channel", "export", "main", FILE), 0, True),
    (("channel", "import", "main", FILE, "--json"), 0, True),
    (("channel", "stop", "main"), 0, False),
    (("channel", "stop", "main"), 5, False),
    (("jobs", "show", A), 4, True),
]


@dataclass(frozen=True, slots=True)
class Way:
    """How a machine is asked."""

    machine: Machine
    before: tuple[str, ...] = ()

    def ask(self, words: tuple[str, ...]) -> tuple[int, str, str]:
        """How a command ends, and what it prints."""
        done = self.machine.run(*self.before, *(str(self.file) if word == FILE else word for word in words))
        assert TOKEN not in done.stdout + done.stderr
        return done.returncode, done.stdout, done.stderr

    @property
    def file(self) -> Path:
        return self.machine.data / "main.jsonl"


@pytest.fixture
def ways(tmp_path: Path) -> Iterator[dict[str, Way]]:
    """Three machines with the same three assets; of two a server runs."""
    with ExitStack() as running:
        found = {}
        for name in ("direct", "server", "api"):
            machine = Machine(tmp_path / name / "data", free_port())
            _stock(machine.data)
            (machine.data / "token").write_text(TOKEN + "\n")
            named = ("--server", machine.origin, "--token-file", str(machine.data / "token"))
            found[name] = Way(machine, named if name == "server" else ())
            if name != "direct":
                running.enter_context(machine.running("serve", STREAMSYNC_TOKEN=TOKEN))
        yield found


def _stock(data: Path) -> None:
    settings = Settings(data=data)

    async def indexed(catalogue: Catalogue) -> None:
        for record in (asset(1), asset(2), asset(3)):
            objects(settings).put(record_key(record.id), record.model_dump_json().encode())
            await catalogue.index_asset(record)

    with PrivateValkey(settings) as url:
        told(url, indexed)


def test_a_channels_life_is_the_same_through_every_door(ways: dict[str, Way]) -> None:
    for words, code, exact in LIFE:
        direct, server = ways["direct"].ask(words), ways["server"].ask(words)
        assert direct[0] == code, (words, direct)
        if not exact:
            direct, server = _without_numbers(direct), _without_numbers(server)
        assert server == direct, words
    assert ways["server"].file.read_text() == ways["direct"].file.read_text()
    machine = ways["api"].machine
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with httpx.Client(base_url=f"{machine.origin}/api/v1/", headers=headers, timeout=30) as client:
        preview, exported = _through_the_api(client)
    assert exported == ways["direct"].file.read_text()
    seen = ways["direct"].ask(("lineup", "alice", "--at", "2026-01-01T10:00:00Z", "--json"))
    assert httpx.Response(200, text=seen[1]).json() == preview


def _without_numbers(said: tuple[int, str, str]) -> tuple[int, str, str]:
    return said[0], re.sub(r"\d+", "#", said[1]), re.sub(r"\d+", "#", said[2])


def _through_the_api(client: httpx.Client) -> tuple[object, str]:
    """The same life: what alice sees in between, and what is exported in the end."""

    def ask(method: str, path: str, body: object = None, status: int = 200) -> httpx.Response:
        answer = client.request(method, path, json=body)
        assert answer.status_code == status, answer.text
        return answer

    ask("POST", "channels", {"name": "main"}, 201)
    ask("PATCH", f"assets/{A}", {"title": "The One", "tags": ["kids"], "rights_until": "2099-01-01"})
    ask("PUT", "channels/main/pool", {"assets": [A, B]})
    ask("PUT", "channels/main/query", {"tags": ["nothing"]}, 409)
    ask("POST", "channels/main/lineups", {"id": "kids", "clips": [{"asset": A, "last": 2}, {"asset": C}]}, 201)
    ask("GET", "channels/main/viewers/alice/preview", status=503)
    ask("POST", "channels/main/start", {"at": "2026-01-01T00:00:00Z"})
    ask("PUT", "channels/main/viewers/alice", {"lineup": "kids"})
    preview = ask("GET", "channels/main/viewers/alice/preview?at=2026-01-01T10:00:00Z").json()
    ask("PUT", "channels/main/lineups/kids", {"clips": [{"asset": B}], "repeats": False})
    ask("POST", "assets/retire", {"assets": [C]})
    ask("DELETE", f"assets/{B}", status=409)
    exported = ask("GET", "channels/main/export").text
    ask("POST", "channels/main/stop")
    ask("POST", "channels/main/stop", status=409)
    return preview, exported


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("gc",), 2, "--server: this command works on the storage itself; leave it out"),
        (("reindex", "--dry-run"), 2, "--server: this command works on the storage itself"),
        (("channel", "show", "a/b"), 2, "channel 'a/b': a name is"),
        (("channel", "show", "😀" * 3000), 2, "channel '😀"),
        (("channel", "import", "main", "/nowhere"), 4, "/nowhere: no such file or folder"),
    ],
)
def test_what_cannot_be_asked_of_a_server_is_said_at_once(
    tmp_path: Path, words: tuple[str, ...], code: int, says: str
) -> None:
    machine = Machine(tmp_path / "data", free_port())
    machine.data.mkdir()
    done = machine.run("--server", machine.origin, *words, STREAMSYNC_TOKEN=TOKEN)
    assert (done.returncode, done.stderr.count("\n")) == (code, 1), done.stderr
    assert says in done.stderr
    assert list(machine.data.iterdir()) == []


def test_a_server_that_is_away_or_refuses_the_token_is_said(ways: dict[str, Way]) -> None:
    machine = ways["server"].machine
    refused = machine.run("--server", machine.origin, "channel", "list", STREAMSYNC_TOKEN="other")  # noqa: S106
    assert (refused.returncode, "refuses the token" in refused.stderr) == (2, True)
    unset = machine.run("--server", machine.origin, "channel", "list")
    assert (unset.returncode, "STREAMSYNC_TOKEN is not set" in unset.stderr) == (2, True)
    away = machine.run("--server", f"http://127.0.0.1:{free_port()}", "channel", "list", STREAMSYNC_TOKEN=TOKEN)
    assert (away.returncode, "does not answer" in away.stderr) == (7, True)
