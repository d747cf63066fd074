"""Two ways to run everything: on one machine, and on many; what an operator does is the same on both."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from storage.settings import Settings
from tests.deploy.edge import edge
from tests.redis_servers import cluster, cluster_url
from tests.seaweed import ACCESS_KEY, SECRET_KEY, seaweed

from .program import Completed, Machine, free_port

TOKEN = "the-token-of-the-journey"  # noqa: S105


@dataclass(frozen=True)
class House:
    """Where viewers and uploads go (`origin`), and a machine with its settings, for what an operator does."""

    origin: str
    machine: Machine
    environment: dict[str, str]

    @property
    def settings(self) -> Settings:
        """The same settings for code."""
        names = {name.removeprefix("STREAMSYNC_").lower(): value for name, value in self.environment.items()
                 if name.startswith("STREAMSYNC_")}  # fmt: skip
        return Settings.model_validate({"data": self.machine.data, **names})

    def run(self, *words: str | Path) -> Completed:
        """A command that ends well."""
        done = self.machine.run(*words, **self.environment)
        assert done.returncode == 0, f"{words}: {done.stderr}"
        return done

    def upload(self, *files: Path) -> Completed:
        """Upload from a machine that knows the server and the token, and nothing else; until all are assets."""
        known = {"STREAMSYNC_SERVER": self.origin, "STREAMSYNC_TOKEN": TOKEN}
        done = self.machine.run("upload", *files, **known)
        assert done.returncode == 0, done.stderr
        return done


@contextmanager
def one_machine(folder: Path) -> Iterator[House]:
    """`streamsync up`: a folder, a private Valkey, workers beside the server."""
    machine = Machine(folder / "data", free_port())
    machine.data.mkdir()
    environment = {"STREAMSYNC_TOKEN": TOKEN}
    with machine.running("up", **environment):
        yield House(machine.origin, machine, environment)


@contextmanager
def many_machines(folder: Path) -> Iterator[House]:
    """SeaweedFS, a Redis cluster, two workers and two servers, each with a data folder of its own, behind nginx."""
    with ExitStack() as on:
        store = Path(on.enter_context(tempfile.TemporaryDirectory(prefix="weed")))
        environment = {
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "STREAMSYNC_OBJECTS_URL": f"s3://films?endpoint={on.enter_context(seaweed(store))}",
            "STREAMSYNC_REDIS_URL": cluster_url(on.enter_context(cluster(folder / "redis"))),
            "STREAMSYNC_TOKEN": TOKEN,
        }
        machines = []
        for name in ("admin", "worker1", "worker2", "server1", "server2"):
            machines.append(Machine(folder / name / "data", free_port()))
            machines[-1].data.mkdir(parents=True)
        admin, *others = machines
        done = admin.run("bucket", "prepare", **environment)
        assert done.returncode == 0, done.stderr
        for worker in others[:2]:
            on.enter_context(worker.running("worker", "-p", "1", ready="event=started", **environment))
        for server in others[2:]:
            on.enter_context(server.running("serve", **environment))
        (folder / "edge").mkdir()
        front = on.enter_context(edge(folder / "edge", [server.port for server in others[2:]]))
        yield House(front.origin, admin, environment)
