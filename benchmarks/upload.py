"""Uploading to a local S3: `streamsync upload` beside `boto3.upload_file`, in turns."""

import os
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from benchmarks.report import figure, machine, spread
from storage.private_valkey import PrivateValkey
from storage.settings import Settings
from tests.journeys.program import Machine, free_port
from tests.seaweed import ACCESS_KEY, SECRET_KEY, s3, seaweed

SIZE = 512 << 20
ROUNDS = 5
AT_LEAST = 0.8
TOKEN = "benchmark"  # noqa: S105


def main() -> None:
    """Print MB/s of both, and the ratio of their medians. Ours is with hashing, the API and starting the program."""
    print(f"  {machine()}, SeaweedFS on the same machine, {SIZE >> 20} MiB of random bytes, {ROUNDS} rounds in turns")
    with ExitStack() as on:
        folder = Path(on.enter_context(tempfile.TemporaryDirectory()))
        endpoint = on.enter_context(seaweed(Path(on.enter_context(tempfile.TemporaryDirectory(prefix="weed")))))
        s3(endpoint).create_bucket(Bucket="bench")
        here = Machine(folder / "data", free_port())
        here.data.mkdir()
        server = {
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "STREAMSYNC_OBJECTS_URL": f"s3://bench?endpoint={endpoint}",
            "STREAMSYNC_REDIS_URL": on.enter_context(PrivateValkey(Settings(data=folder / "valkey"))),
            "STREAMSYNC_TOKEN": TOKEN,
        }
        on.enter_context(here.running("serve", **server))
        ours, theirs = [], []
        for number in range(ROUNDS):
            path = folder / f"{number}.bin"
            _fill(path)
            theirs.append(_speed(lambda path=path: s3(endpoint).upload_file(str(path), "bench", "theirs")))  # type: ignore[misc]
            ours.append(_speed(lambda path=path: _upload(here, path)))  # type: ignore[misc]
            path.unlink()
    ratio = median(ours) / median(theirs)
    print(f"  boto3.upload_file, MB/s: {spread(theirs)}")
    print(f"  streamsync upload, MB/s: {spread(ours)}")
    figure("streamsync upload against boto3.upload_file", ratio, "times", at_least=AT_LEAST)


def _fill(path: Path) -> None:
    with path.open("wb") as file:
        for _ in range(SIZE >> 20):
            file.write(os.urandom(1 << 20))


def _upload(here: Machine, path: Path) -> None:
    done: subprocess.CompletedProcess[str] = here.run(
        "upload", "--no-wait", path, STREAMSYNC_SERVER=here.origin, STREAMSYNC_TOKEN=TOKEN
    )
    assert done.returncode == 0, done.stderr


def _speed(upload: Callable[[], object]) -> float:
    began = time.perf_counter()
    upload()
    return SIZE / 1e6 / (time.perf_counter() - began)


if __name__ == "__main__":
    main()
