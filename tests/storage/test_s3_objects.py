"""What a bucket has of its own: headers, rights, races between machines, and bounded memory."""

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from storage.errors import Unavailable
from storage.s3_objects import S3Objects
from storage.s3_place import S3Place, place
from tests.seaweed import WEAK_KEY, WEAK_SECRET, s3
from tests.storage.children import ENVIRONMENT, child, go, line

MIB = 1 << 20


@pytest.fixture
def where(s3_url: str) -> S3Place:
    return place(s3_url)


@pytest.fixture
def objects(where: S3Place) -> S3Objects:
    return S3Objects(where)


@pytest.fixture
def bucket(where: S3Place) -> Any:
    """The bucket as another client sees it."""
    return s3(str(where.endpoint))


KEEP = "public, max-age=31536000, immutable"


@pytest.mark.parametrize(
    ("key", "content_type", "cache_control"),
    [
        ("assets/x/cmaf/480p/init.mp4", "video/mp4", KEEP),
        ("assets/x/cmaf/480p/0.m4s", "video/iso.segment", KEEP),
        ("assets/x/cmaf/audio/init.mp4", "audio/mp4", KEEP),
        ("assets/x/cmaf/audio/0.m4s", "video/iso.segment", KEEP),
        ("assets/x/ts/480p/0.ts", "video/mp2t", KEEP),
        ("assets/x/index.m3u8", "application/vnd.apple.mpegurl", KEEP),
        ("assets/x/poster.jpg", "image/jpeg", KEEP),
        ("assets/x/thumbnails.vtt", "text/vtt", KEEP),
        ("assets/x/unknown", "application/octet-stream", KEEP),
        ("records/x.json", "application/json", "no-store"),
        ("work/x/0.m4s", "application/octet-stream", "no-store"),
        ("uploads/x", "application/octet-stream", "no-store"),
    ],
)
def test_an_object_has_its_type_and_how_long_it_may_be_kept(
    objects: S3Objects, where: S3Place, bucket: Any, tmp_path: Path, key: str, content_type: str, cache_control: str
) -> None:
    (tmp_path / "file").write_bytes(b"x")
    for put in (lambda: objects.put(key, b"x"), lambda: objects.put_file(key, tmp_path / "file")):
        put()
        head = bucket.head_object(Bucket=where.bucket, Key=where.prefix + key)
        assert (head["ContentType"], head["CacheControl"]) == (content_type, cache_control)


@pytest.mark.parametrize("size_bytes", [16 * MIB, 16 * MIB + 1])
def test_a_file_on_either_side_of_the_limit_comes_back_and_has_its_headers(
    objects: S3Objects, where: S3Place, bucket: Any, tmp_path: Path, size_bytes: int
) -> None:
    source = tmp_path / "source"
    source.write_bytes(os.urandom(size_bytes))
    objects.put_file("assets/a.ts", source)
    objects.fetch("assets/a.ts", tmp_path / "target")
    assert (tmp_path / "target").read_bytes() == source.read_bytes()
    head = bucket.head_object(Bucket=where.bucket, Key=f"{where.prefix}assets/a.ts")
    assert (head["ContentType"], head["CacheControl"]) == ("video/mp2t", KEEP)
    assert head["ETag"].endswith('-3"') == (size_bytes > 16 * MIB)


def test_a_listing_of_many_pages_is_in_byte_order_whatever_the_server_s(where: S3Place) -> None:
    objects = S3Objects(where, page=2)
    keys = ["A", "a-b", "a.b", "a/-", "a/b/c", "a/b0", "a/bc", "a0", "b/1", "b/2", "b/3", "b/4", "b/5"]
    for key in reversed(keys):
        objects.put(key, b"")
    assert list(objects.keys("")) == keys
    assert list(objects.keys("b/")) == ["b/1", "b/2", "b/3", "b/4", "b/5"]
    assert list(objects.keys("a/b")) == ["a/b/c", "a/b0", "a/bc"]


def test_unlike_in_a_folder_a_key_may_begin_another(objects: S3Objects) -> None:
    objects.put("a", b"first")
    objects.put("a/b", b"second")
    assert objects.read("a") == b"first"
    assert list(objects.keys("")) == ["a", "a/b"]
    objects.delete("a")
    assert objects.read("a/b") == b"second"


def test_what_others_keep_in_the_bucket_is_not_listed(objects: S3Objects, where: S3Place, bucket: Any) -> None:
    objects.put("a", b"")
    for name in ("not a key", "folder/", "b%/c"):
        bucket.put_object(Bucket=where.bucket, Key=where.prefix + name, Body=b"")
    bucket.put_object(Bucket=where.bucket, Key=f"{where.prefix.rstrip('/')}-other/b", Body=b"")
    assert list(objects.keys("")) == ["a"]


def test_threads_share_one_store(objects: S3Objects) -> None:
    def trip(number: int) -> bytes:
        objects.put(f"a/{number}", b"%d" % number)
        return objects.read(f"a/{number}")

    with ThreadPoolExecutor(16) as threads:
        assert list(threads.map(trip, range(100))) == [b"%d" % number for number in range(100)]


def test_a_bucket_that_is_not_there_is_told_by_every_method(
    s3_of_the_session: str, s3_credentials: None, tmp_path: Path
) -> None:
    objects = S3Objects(place(f"s3://nowhere?endpoint={s3_of_the_session}"))
    (tmp_path / "file").write_bytes(b"x")
    for use in (
        lambda: objects.put("a", b"x"), lambda: objects.put("a", b"x", if_absent=True),
        lambda: objects.put_file("a", tmp_path / "file"), lambda: objects.read("a"), lambda: objects.exists("a"),
        lambda: objects.fetch("a", tmp_path / "target"), lambda: list(objects.keys("")), lambda: objects.delete("a"),
    ):  # fmt: skip
        with pytest.raises(Unavailable, match=r"bucket 'nowhere' at http://127.* does not exist"):
            use()


def test_who_may_not_is_told_so_without_secrets(where: S3Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", WEAK_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", WEAK_SECRET)
    weak = S3Objects(where)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-the-secret")
    wrong = S3Objects(where)
    for objects, code in ((weak, "AccessDenied"), (wrong, "SignatureDoesNotMatch")):
        with pytest.raises(
            Unavailable, match=f"object 'a': bucket 'media' at http://127.* refuses us: {code}"
        ) as told:
            objects.put("a", b"x")
        assert WEAK_SECRET not in str(told.value)
        with pytest.raises(Unavailable, match="refuses us: 403"):
            objects.exists("a")


def test_without_credentials_it_is_said_which_are_missing(where: S3Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    with pytest.raises(Unavailable, match="set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"):
        S3Objects(where).read("a")


def test_an_endpoint_that_is_set_for_something_else_is_not_taken(
    where: S3Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    assert S3Objects(where).exists("a") is False


RACER = """
import os, sys
from storage.s3_objects import S3Objects
from storage.s3_place import place
url, name, races, os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"] = sys.argv[1:]
objects = S3Objects(place(url))
objects.exists("ready")
print("ready", flush=True)
sys.stdin.readline()
for race in range(int(races)):
    print(int(objects.put(f"r/{race}", name.encode() * 1000, if_absent=True)), end="")
print()
"""
RACES = 40


@pytest.mark.slow
def test_of_several_processes_exactly_one_publishes(objects: S3Objects, s3_url: str) -> None:
    names = "abcdef"
    secrets = (os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"])
    with ExitStack() as held:
        racers = [held.enter_context(child(RACER, s3_url, name, str(RACES), *secrets)) for name in names]
        assert [line(racer) for racer in racers] == ["ready"] * len(racers)
        for racer in racers:
            go(racer)
        won = [line(racer) for racer in racers]
    for race in range(RACES):
        winners = [name for name, wins in zip(names, won, strict=True) if wins[race] == "1"]
        assert len(winners) == 1
        assert objects.read(f"r/{race}") == winners[0].encode() * 1000


FULL = """
import os, sys
from pathlib import Path
from storage.errors import NoRoom
from storage.s3_objects import S3Objects
from storage.s3_place import place
url, disk, os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"] = sys.argv[1:]
target = Path(disk) / "target"
target.write_bytes(b"before")
try:
    S3Objects(place(url)).fetch("a", target)
except NoRoom as error:
    print(error)
assert [path.name for path in target.parent.iterdir()] == ["target"]
assert target.read_bytes() == b"before"
"""


@pytest.mark.slow
def test_a_full_disk_is_told_and_leaves_what_was_there(objects: S3Objects, s3_url: str, tmp_path: Path) -> None:
    objects.put("a", bytes(3 * MIB))
    disk = tmp_path / "disk"
    disk.mkdir()
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.skip("no `unshare` to mount a small disk with")
    spaces = [unshare, "-m"] if os.geteuid() == 0 else [unshare, "-rm"]
    mount = [*spaces, "sh", "-ec", 'mount -t tmpfs -o size=1m tmpfs "$0"; exec "$@"', str(disk)]
    if (probe := subprocess.run([*mount, "true"], capture_output=True, text=True, check=False)).returncode:
        pytest.skip(f"no small disk can be mounted here: {probe.stderr.strip()}")
    secrets = (os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"])
    told = subprocess.run(
        [*mount, sys.executable, "-c", FULL, s3_url, str(disk), *secrets],
        capture_output=True, text=True, env=ENVIRONMENT, check=False, timeout=60,
    )  # fmt: skip
    assert told.stderr == ""
    assert told.stdout == "no room for object 'a': No space left on device\n"


BIG = """
import os, resource, sys, zlib
from pathlib import Path
from storage.s3_objects import S3Objects
from storage.s3_place import place
url, folder, os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"] = sys.argv[1:]
def peak_mib():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
objects, source, target = S3Objects(place(url)), Path(folder) / "source", Path(folder) / "target"
objects.put("small", bytes(1000))
objects.read("small")
before = peak_mib()
objects.put_file("a", source)
print(peak_mib() - before)
before = peak_mib()
objects.fetch("a", target)
print(peak_mib() - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="other systems count memory in other units")
def test_a_large_file_goes_both_ways_in_little_memory(objects: S3Objects, s3_url: str, tmp_path: Path) -> None:
    source = tmp_path / "source"
    with source.open("wb") as file:
        for _ in range(300):
            file.write(os.urandom(MIB))
    secrets = (os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"])
    with child(BIG, s3_url, str(tmp_path), *secrets) as one:
        grown_mib = [float(line(one)), float(line(one))]
    assert max(grown_mib) < 60, grown_mib
    assert subprocess.run(["cmp", source, tmp_path / "target"], check=False).returncode == 0
    objects.delete("a")
