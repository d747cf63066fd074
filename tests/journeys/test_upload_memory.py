"""What client and server need of memory for an upload does not grow with the file."""

import os
import re
from pathlib import Path

import pytest

from .processes import linux_only
from .uploads import MIB, Site, new_site, patched

pytestmark = [pytest.mark.slow, linux_only]

# Measured: a client 78 MiB, of which 66 are there for a file of 1 MiB as well; a server 26 more than after such a one
# (folder), or none (S3, as the bytes pass it by). Under way are four parts of 16 MiB, in pieces of at most 1 MiB: if
# parts were held whole, each side would have 64 MiB and more on top, which is over these bounds (it was tried).
CLIENT_MIB = 120
SERVER_MORE_MIB = 50
TINY_MIB, SMALL_MIB, LARGE_MIB = 1, 256, 1024
NOISE_MIB = 12  # what an allocator may do differently: 1.6 % of the bytes that are more

# A program that tells its own peak when it ends: VmHWM is of itself alone, ru_maxrss begins with that of its parent.
TELLING = """
import atexit, sys
def tell():
    [line] = [line for line in open("/proc/self/status") if line.startswith("VmHWM")]
    print("peak", line.split()[1], file=sys.stderr)
atexit.register(tell)
"""


@pytest.fixture(params=["folder", "s3"])
def site(request: pytest.FixtureRequest, tmp_path: Path, redis_url: str, s3_credentials: None) -> Site:
    return new_site(tmp_path, redis_url, request.getfixturevalue("s3_url") if request.param == "s3" else None)


def peak_mib(pid: int) -> float:
    """The most that a running process has had in memory."""
    found = re.search(r"VmHWM:\s+([0-9]+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1]) / 1024


def test_the_memory_of_an_upload_does_not_grow_with_the_file(site: Site, tmp_path: Path) -> None:
    path, telling = tmp_path / "film.mp4", patched(tmp_path / "patch", TELLING)
    clients, servers = {}, {}
    with site.machine.running("serve", **site.server) as server:
        for size in (TINY_MIB, SMALL_MIB, LARGE_MIB):
            path.touch()
            os.truncate(path, size * MIB)  # zeros, which take no room here
            done = site.machine.run("upload", "--no-wait", path, **site.client, **telling)
            assert done.returncode == 0, done.stderr
            clients[size] = int(done.stderr.split()[-1]) / 1024
            servers[size] = peak_mib(server.process.pid)
    where = "folder" if site.objects_url is None else "s3"
    for size, peak in clients.items():
        print(f"{where}: file {size} MiB: peak of client {peak:.1f}, server {servers[size]:.1f} MiB")  # noqa: T201
    assert clients[LARGE_MIB] < CLIENT_MIB
    assert clients[LARGE_MIB] - clients[SMALL_MIB] < NOISE_MIB
    assert servers[LARGE_MIB] - servers[TINY_MIB] < SERVER_MORE_MIB
    assert servers[LARGE_MIB] - servers[SMALL_MIB] < NOISE_MIB
