"""A bucket behind a bad line: what is asked for is done whole, or said in bounded time to be not."""

import os
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from storage import s3_client
from storage.errors import NoRoom, Unavailable
from storage.s3_objects import S3Objects
from storage.s3_place import place
from tests.seaweed import SECRET_KEY, s3
from tests.storage.children import child, line
from tests.storage.s3_proxy import Proxy, Trouble, answer_lost, cut, damaged, error, s3_proxy, silence

MIB = 1 << 20
FAULT = error(500, "InternalError")


@pytest.fixture
def proxy(s3_of_the_session: str) -> Iterator[Proxy]:
    with s3_proxy(s3_of_the_session) as started:
        yield started


@pytest.fixture
def url(proxy: Proxy, s3_credentials: None) -> str:
    """A prefix of its own, by way of the proxy."""
    return f"s3://media/trouble-{uuid.uuid4().hex}?endpoint={proxy.endpoint}"


@pytest.fixture
def objects(url: str) -> S3Objects:
    return S3Objects(place(url))


@pytest.fixture
def target(tmp_path: Path) -> Path:
    folder = tmp_path / "fetched"
    folder.mkdir()
    return folder / "target"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3_client, "READ_S", 0.3)


def put_a_file(objects: S3Objects, folder: Path) -> None:
    (folder / "new").write_bytes(b"whole")
    objects.put_file("new", folder / "new")


def fetched(objects: S3Objects, folder: Path) -> bytes:
    objects.fetch("old", folder / "fetched-it")
    return (folder / "fetched-it").read_bytes()


# What is asked, by which method it goes, and what it gives.
DEEDS: dict[str, tuple[str, Callable[[S3Objects, Path], object], object]] = {
    "put": ("PUT", lambda objects, _: objects.put("new", b"whole"), True),
    "put if absent": ("PUT", lambda objects, _: objects.put("new", b"whole", if_absent=True), True),
    "put if absent what is there": ("PUT", lambda objects, _: objects.put("old", b"new", if_absent=True), False),
    "put a file": ("PUT", put_a_file, None),
    "read": ("GET", lambda objects, _: objects.read("old"), b"old"),
    "fetch": ("GET", fetched, b"old"),
    "exists": ("HEAD", lambda objects, _: objects.exists("old"), True),
    "keys": ("GET", lambda objects, _: list(objects.keys("")), ["old"]),
    "delete": ("DELETE", lambda objects, _: objects.delete("old"), None),
}
DEED = pytest.mark.parametrize(("method", "deed", "gives"), DEEDS.values(), ids=DEEDS)


@DEED
@pytest.mark.parametrize("trouble", [FAULT, error(503, "SlowDown"), answer_lost, silence])
def test_a_fault_that_passes_is_not_seen(
    impatient: None, url: str, proxy: Proxy, tmp_path: Path, trouble: Trouble, method: str,
    deed: Callable[[S3Objects, Path], object], gives: object,
) -> None:  # fmt: skip
    objects = S3Objects(place(url))
    objects.put("old", b"old")
    asked = proxy.count(method)
    proxy.trouble(method, trouble)
    assert deed(objects, tmp_path) == gives
    assert proxy.count(method) == asked + 2


@pytest.mark.slow
@DEED
@pytest.mark.parametrize("trouble", [FAULT, silence])
def test_a_fault_that_stays_is_told_in_bounded_time_and_nothing_is_to_see(
    impatient: None, url: str, proxy: Proxy, tmp_path: Path, trouble: Trouble, method: str,
    deed: Callable[[S3Objects, Path], object], gives: object,
) -> None:  # fmt: skip
    objects = S3Objects(place(url))
    objects.put("old", b"old")
    before = proxy.count(method)
    proxy.trouble(method, trouble, times=s3_client.ATTEMPTS)
    begin = time.monotonic()
    with pytest.raises(Unavailable, match=r"bucket 'media' at http://127.0.0.1") as told:
        deed(objects, tmp_path)
    assert time.monotonic() - begin < 20
    assert proxy.count(method) == before + s3_client.ATTEMPTS
    assert SECRET_KEY not in str(told.value)
    assert list(objects.keys("")) == ["old"]
    assert not list(tmp_path.glob("fetched-it*"))


def test_a_server_that_is_not_there_is_told_with_its_name(s3_credentials: None) -> None:
    objects = S3Objects(place("s3://media?endpoint=http://127.0.0.1:9"))
    begin = time.monotonic()
    with pytest.raises(Unavailable, match=r"bucket 'media' at http://127.0.0.1:9 does not answer"):
        objects.read("a")
    assert time.monotonic() - begin < 20


@pytest.mark.parametrize("after_bytes", [0, 1, MIB - 1, MIB, 2 * MIB + 7, 3 * MIB - 1])
def test_a_body_that_is_cut_is_gone_on_with(objects: S3Objects, proxy: Proxy, target: Path, after_bytes: int) -> None:
    body = os.urandom(3 * MIB)
    objects.put("a", body)
    proxy.trouble("GET", cut(after_bytes))
    objects.fetch("a", target)
    assert target.read_bytes() == body
    assert proxy.sent_bytes == len(body)


def test_a_body_that_is_cut_again_and_again_comes_piece_by_piece(
    objects: S3Objects, proxy: Proxy, target: Path
) -> None:
    body = os.urandom(10 * MIB)
    objects.put("a", body)
    proxy.trouble("GET", cut(MIB), times=9)
    objects.fetch("a", target)
    assert target.read_bytes() == body
    assert [byte_range for method, _, byte_range in proxy.seen if method == "GET"] == [
        None, *(f"bytes={done * MIB}-" for done in range(1, 10))
    ]  # fmt: skip


@pytest.mark.slow
def test_a_body_that_never_comes_is_told_and_the_target_is_left(
    objects: S3Objects, proxy: Proxy, target: Path
) -> None:
    target.write_bytes(b"before")
    objects.put("a", os.urandom(3 * MIB))
    proxy.trouble("GET", cut(1000), times=100)
    with pytest.raises(Unavailable, match=r"object 'a': bucket 'media' at .* does not give it whole"):
        objects.fetch("a", target)
    assert proxy.count("GET") == s3_client.ATTEMPTS
    assert [path.name for path in target.parent.iterdir()] == ["target"]
    assert target.read_bytes() == b"before"


def test_an_object_that_is_replaced_in_mid_fetch_comes_whole_in_one_of_its_forms(
    objects: S3Objects, proxy: Proxy, target: Path
) -> None:
    old, new = os.urandom(3 * MIB), os.urandom(3 * MIB)
    objects.put("a", old)

    def replaced(request: object) -> None:
        cut(2 * MIB)(request)  # type: ignore[arg-type]
        objects.put("a", new)

    proxy.trouble("GET", replaced)
    objects.fetch("a", target)
    assert target.read_bytes() == new


@pytest.mark.slow
@pytest.mark.parametrize("size_bytes", [MIB, 17 * MIB], ids=["put whole", "put in parts"])
def test_a_bit_that_falls_over_on_the_way_is_noticed(
    objects: S3Objects, proxy: Proxy, tmp_path: Path, target: Path, size_bytes: int
) -> None:
    source = tmp_path / "source"
    source.write_bytes(os.urandom(size_bytes))
    objects.put_file("a", source)
    proxy.trouble("GET", damaged)
    objects.fetch("a", target)
    assert target.read_bytes() == source.read_bytes()
    proxy.trouble("GET", damaged, times=s3_client.ATTEMPTS)
    with pytest.raises(Unavailable, match=r"object 'a': .* its checksum is another"):
        objects.read("a")


def test_a_conditional_put_whose_answer_was_lost_knows_its_own_object_but_no_equal_one(
    objects: S3Objects, proxy: Proxy
) -> None:
    proxy.trouble("PUT", answer_lost)
    assert objects.put("a", b"same", if_absent=True) is True
    proxy.trouble("PUT", FAULT)
    assert objects.put("a", b"same", if_absent=True) is False


def test_a_conditional_put_that_meets_another_is_tried_again(objects: S3Objects, proxy: Proxy) -> None:
    proxy.trouble("PUT", error(409, "ConditionalRequestConflict"), times=2)
    assert objects.put("a", b"x", if_absent=True) is True
    proxy.trouble("PUT", error(409, "ConditionalRequestConflict"), times=2)
    assert objects.put("a", b"y", if_absent=True) is False
    assert objects.read("a") == b"x"


@pytest.mark.parametrize(
    "trouble", [error(507, "InsufficientStorage"), error(403, "QuotaExceeded"), error(507, "XMinioStorageFull")]
)
def test_a_store_that_is_full_is_told(objects: S3Objects, proxy: Proxy, trouble: Trouble) -> None:
    proxy.trouble("PUT", trouble, times=s3_client.ATTEMPTS)
    with pytest.raises(NoRoom, match=r"object 'a': bucket 'media' at http://127.0.0.1:.* has no room"):
        objects.put("a", b"x")
    assert not objects.exists("a")


KILLED = """
import os, sys
from pathlib import Path
from storage.s3_objects import S3Objects
from storage.s3_place import place
url, source, os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"] = sys.argv[1:]
objects = S3Objects(place(url))
print("begun", flush=True)
objects.put_file("a", Path(source))
"""


@pytest.mark.slow
def test_a_writer_killed_between_two_parts_leaves_nothing_to_see(
    objects: S3Objects, proxy: Proxy, url: str, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    source.write_bytes(os.urandom(40 * MIB))
    proxy.trouble("PUT", silence, times=2)
    secrets = (os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"])
    with child(KILLED, url, str(source), *secrets) as writer:
        assert line(writer) == "begun"
        deadline = time.monotonic() + 20
        while proxy.count("PUT") < 4 and time.monotonic() < deadline:
            time.sleep(0.01)
        writer.kill()
    assert proxy.count("PUT") >= 4
    assert not objects.exists("a")
    assert list(objects.keys("")) == []
    objects.put_file("a", source)
    assert objects.read("a") == source.read_bytes()


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_file_in_parts_survives_a_fault(objects: S3Objects, proxy: Proxy, tmp_path: Path, method: str) -> None:
    source = tmp_path / "source"
    source.write_bytes(os.urandom(20 * MIB))
    proxy.trouble(method, FAULT)
    objects.put_file("a", source)
    assert objects.read("a") == source.read_bytes()


@pytest.mark.slow
def test_a_file_in_parts_that_cannot_be_put_leaves_no_parts(
    objects: S3Objects, proxy: Proxy, url: str, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    source.write_bytes(os.urandom(20 * MIB))
    proxy.trouble("PUT", FAULT, times=100)
    with pytest.raises(Unavailable, match=r"object 'a': bucket 'media' at http://.* answers 500 InternalError"):
        objects.put_file("a", source)
    assert not objects.exists("a")
    begun = s3(proxy.endpoint).list_multipart_uploads(Bucket="media", Prefix=place(url).prefix)
    assert begun.get("Uploads", []) == []
