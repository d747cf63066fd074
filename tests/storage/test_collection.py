"""Garbage collection: what goes, what stays, and what somebody who packages at the same time loses: nothing."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from packager.publish import publish, published
from storage import stores
from storage.asset_states import mark
from storage.collection import GRACE_S, Collector, Facts, Garbage
from storage.completeness import missing
from storage.folder_objects import FolderObjects
from storage.folder_uploads import FolderParts
from storage.keys import init_key, metadata_key, record_key, segment_key, state_key
from storage.objects import Entry, Objects
from storage.settings import Settings
from storage.uploads import ABANDONED_S, Uploads
from tests.stage import asset, store

A, B, C = asset(1), asset(2), asset(3)
LATER_S = GRACE_S + 3600


@pytest.fixture
def objects(tmp_path: Path) -> FolderObjects:
    return FolderObjects(tmp_path / "objects")


def collector(
    objects: Objects,
    root: Path,
    *,
    after_s: float = LATER_S,
    busy: Callable[[str], bool] = lambda asset: False,
    referred: Callable[[set[str]], set[str] | None] = lambda assets: set(),
    forget: Callable[[str], None] = lambda asset: None,
    planned: Callable[[str], set[int] | None] = lambda channel: set(),
) -> Collector:
    """One that runs so long after now."""
    facts = Facts(time.time() + after_s, busy, referred, forget, planned)
    return Collector(objects, Uploads(objects, FolderParts(root / "objects")), facts)


def found(one: Collector) -> list[tuple[str, str, int]]:
    return [(garbage.kind, garbage.name, garbage.objects) for garbage, _ in one.find()]


def collected(one: Collector) -> int:
    """How many objects are deleted."""
    return sum(remove().objects for garbage, remove in one.find() if garbage.deletable)


def put_asset(objects: FolderObjects, root: Path) -> None:
    store(root / "objects", A)
    objects.put(record_key(A.id), A.stored().encode())


def test_what_was_never_finished_goes_and_an_asset_stays(objects: FolderObjects, tmp_path: Path) -> None:
    put_asset(objects, tmp_path)
    store(tmp_path / "objects", B)
    objects.put(f"work/{B.id}/analysis.json", b"{}")
    kept = list(objects.keys(f"assets/{A.id}/"))
    one = collector(objects, tmp_path)
    assert found(one) == [("orphan", B.id, 20), ("work", B.id, 1)]
    assert found(collector(objects, tmp_path, after_s=GRACE_S - 60)) == []
    assert collected(one) == 21
    assert list(objects.keys("")) == [*kept, record_key(A.id)]
    assert found(one) == []


@pytest.mark.slow
def test_it_is_the_same_in_a_bucket(s3_url: str) -> None:
    settings = Settings(objects_url=s3_url)
    bucket, uploads = stores.objects(settings), stores.uploads(settings)
    for number in range(A.segments):
        for key in (segment_key(A.id, "ts", "240p", number), segment_key(B.id, "ts", "240p", number)):
            bucket.put(key, b"media")
    bucket.put(record_key(A.id), A.stored().encode())
    bucket.put(f"work/{B.id}/analysis.json", b"{}")
    facts = Facts(time.time() + LATER_S, lambda asset: False, lambda assets: set(), lambda asset: None)
    one = Collector(bucket, uploads, facts)
    assert found(one) == [("incomplete", A.id, 15), ("orphan", B.id, 3), ("work", B.id, 1)]
    assert collected(one) == 4
    assert len(list(bucket.keys(""))) == A.segments + 1


def test_what_is_said_goes_with_what_it_is_said_of(objects: FolderObjects, tmp_path: Path) -> None:
    put_asset(objects, tmp_path)
    for film in (A, B):
        objects.put(metadata_key(film.id), b"{}")
    assert found(collector(objects, tmp_path, after_s=GRACE_S - 60)) == []
    assert found(collector(objects, tmp_path, busy=lambda asset: asset == B.id)) == []
    one = collector(objects, tmp_path)
    assert found(one) == [("metadata", B.id, 1)]
    assert collected(one) == 1
    assert list(objects.keys("metadata/")) == [metadata_key(A.id)]


def test_what_is_being_packaged_or_can_be_gone_on_with_stays(objects: FolderObjects, tmp_path: Path) -> None:
    store(tmp_path / "objects", B)
    objects.put(f"work/{B.id}/analysis.json", b"{}")
    assert found(collector(objects, tmp_path, busy=lambda asset: asset == B.id)) == []


def test_one_fresh_object_keeps_the_others(objects: FolderObjects, tmp_path: Path) -> None:
    """A film takes more than a day to encode, perhaps, and is not in the queue when it is packaged by hand."""

    class Aged(FolderObjects):
        def entries(self, prefix: str) -> Iterator[Entry]:
            for entry in super().entries(prefix):
                fresh = entry.key == segment_key(B.id, "ts", "240p", 2)
                yield entry if fresh else Entry(entry.key, entry.size_bytes, entry.modified_s - LATER_S)

    store(tmp_path / "objects", B)
    assert found(collector(Aged(tmp_path / "objects"), tmp_path, after_s=0)) == []


def test_leftovers_of_a_deleted_asset_go(objects: FolderObjects, tmp_path: Path) -> None:
    put_asset(objects, tmp_path)
    mark(objects, A.id, "deleted", round(time.time() * 1000))
    assert collected(collector(objects, tmp_path, referred=lambda assets: assets)) == 20
    assert list(objects.keys("")) == [record_key(A.id), state_key(A.id)]


def test_a_record_goes_when_nothing_refers_to_it(objects: FolderObjects, tmp_path: Path) -> None:
    gone: list[str] = []
    for film in (A, B, C):
        objects.put(record_key(film.id), film.stored().encode())
        mark(objects, film.id, "deleted", round(time.time() * 1000))
    objects.delete(record_key(C.id))
    seen: list[set[str]] = []

    def referred(assets: set[str]) -> set[str]:
        seen.append(assets)
        return {A.id} & assets

    one = collector(objects, tmp_path, referred=referred, forget=gone.append)
    assert found(one) == [("record", B.id, 1), ("mark", C.id, 1)]
    collected(one)
    assert gone == [B.id, C.id]
    assert seen[:2] == [{A.id, B.id}, {C.id}]
    # When nobody can tell what is referred to, all stay; so do those that were deleted just now.
    assert found(collector(objects, tmp_path, referred=lambda assets: None)) == []
    assert found(collector(objects, tmp_path, referred=referred, after_s=GRACE_S - 60)) == []


def test_missing_segments_are_told_and_nothing_is_deleted_for_them(objects: FolderObjects, tmp_path: Path) -> None:
    put_asset(objects, tmp_path)
    objects.delete(segment_key(A.id, "cmaf", "240p", 1))
    objects.put(record_key(B.id), B.stored().encode())
    objects.put(record_key(C.id), b"{}")
    store(tmp_path / "objects", C)
    before = list(objects.keys(""))
    one = collector(objects, tmp_path)
    told = [(garbage.kind, garbage.name, garbage.why) for garbage, _ in one.find()]
    assert told[:1] == [("incomplete", A.id, "1 of its segments are missing")]
    assert told[1][:2] == ("damaged", C.id)
    assert told[2:] == [("incomplete", B.id, "all its segments are missing")]
    assert collected(one) == 0
    assert list(objects.keys("")) == before


def test_uploads_and_puts_that_nobody_goes_on_with_go(objects: FolderObjects, tmp_path: Path) -> None:
    objects.put(f"uploads/{'0' * 32}", b"source")
    incoming = tmp_path / "objects" / "~incoming" / "0123"
    incoming.write_bytes(b"half")
    assert found(collector(objects, tmp_path)) == [("unfinished", "0123", 1)]
    one = collector(objects, tmp_path, after_s=ABANDONED_S + 60)
    assert [garbage for garbage, _ in one.find()] == [
        Garbage("upload", f"uploads/{'0' * 32}", "nobody goes on with it", size_bytes=6),
        Garbage("unfinished", "0123", "a put that was killed left it", size_bytes=4),
    ]
    collected(one)
    assert list(objects.keys("")) == []
    assert not incoming.exists()


def test_names_that_are_not_ours_are_left_alone(objects: FolderObjects, tmp_path: Path) -> None:
    strangers = ["assets/readme.txt", "assets/logo/logo.png", "records/notes.json", "states/x.json", "work/x/y"]
    for key in strangers:
        objects.put(key, b"x")
    assert found(collector(objects, tmp_path)) == []


def test_an_asset_published_while_it_is_looked_at_stays(objects: FolderObjects, tmp_path: Path) -> None:
    """The listing of records is older than that of objects."""
    store(tmp_path / "objects", B)

    def published_now(asset: str) -> bool:
        objects.put(record_key(B.id), B.stored().encode())
        return False

    assert found(collector(objects, tmp_path, busy=published_now)) == []


def test_a_packaging_that_begins_while_its_leftovers_are_deleted_loses_nothing(
    objects: FolderObjects, tmp_path: Path
) -> None:
    """In the queue before its first put, as all are that come through it."""
    store(tmp_path / "objects", B)  # what a killed one left, for the collector days old
    (tmp_path / "segment").write_bytes(b"media")
    files = [(key, tmp_path / "segment") for key in objects.keys(f"assets/{B.id}/")]
    files += [(init_key(B.id, "cmaf", "720p"), tmp_path / "segment")]
    queued, looked = threading.Event(), 0

    def busy(asset: str) -> bool:
        nonlocal looked
        looked += 1
        if looked == 2:  # found to be garbage before that
            queued.set()
        return queued.is_set()

    [(garbage, remove)] = collector(objects, tmp_path, busy=busy).find()
    assert garbage.kind == "orphan"
    assert remove().objects == 0
    publish(B, files, objects, lambda done: None)
    assert published(objects, B.id) == B
    assert found(collector(objects, tmp_path)) == []


def test_packagings_and_a_collector_side_by_side_lose_nothing(tmp_path: Path) -> None:
    """Assets published one after the other over what earlier tries left, with a collector always running."""

    class Aged(FolderObjects):
        """For the collector, what was put before `began_s` is days old."""

        began_s = 0.0

        def entries(self, prefix: str) -> Iterator[Entry]:
            for entry in super().entries(prefix):
                age_s = LATER_S if entry.modified_s < self.began_s else 0
                yield Entry(entry.key, entry.size_bytes, entry.modified_s - age_s)

    films = [asset(number, 8.0, ("240p",)) for number in range(1, 16)]
    aged = Aged(tmp_path / "objects")
    (tmp_path / "segment").write_bytes(b"media")
    at_work: set[str] = set()

    def package() -> None:
        for film in films:
            at_work.add(film.id)
            store(tmp_path / "objects", film)
            time.sleep(0.01)  # file times have the kernel's ticks
            aged.began_s = time.time()
            files = [(key, tmp_path / "segment") for key in aged.keys(f"assets/{film.id}/")]
            publish(film, files, aged, lambda done: None)
            at_work.remove(film.id)

    packaging = threading.Thread(target=package)
    packaging.start()
    while packaging.is_alive():
        collected(collector(aged, tmp_path, after_s=0, busy=lambda one: one in at_work))
    packaging.join()
    for film in films:
        assert published(aged, film.id) == film
        assert missing(film, aged.keys(f"assets/{film.id}/")) == 0


def test_plans_that_no_channel_names_go(objects: FolderObjects, tmp_path: Path) -> None:
    for key in ("1/0.bin", "1/1.bin", "2/0.bin", "10/0.bin", "drafts/1.json", "drafts/2.json", "drafts/10.json"):
        objects.put(f"plans/main/{key}", b"x")
    objects.put("plans/gone/7/0.bin", b"x")

    def planned(channel: str) -> set[int] | None:
        return {"main": {2}}.get(channel, set())

    assert found(collector(objects, tmp_path, after_s=GRACE_S - 60, planned=planned)) == []
    assert found(collector(objects, tmp_path, planned=lambda channel: None)) == []
    assert sorted(found(collector(objects, tmp_path, planned=planned))) == [
        ("plan", "gone 7", 1), ("plan", "main 1", 1), ("plan", "main 1", 2), ("plan", "main 10", 1),
        ("plan", "main 10", 1),
    ]  # fmt: skip
    assert collected(collector(objects, tmp_path, planned=planned)) == 6
    assert list(objects.keys("plans/")) == ["plans/main/2/0.bin", "plans/main/drafts/2.json"]


def test_a_plan_that_is_named_meanwhile_stays(objects: FolderObjects, tmp_path: Path) -> None:
    objects.put("plans/main/3/0.bin", b"x")
    named: set[int] = set()
    for _, remove in collector(objects, tmp_path, planned=lambda channel: named).find():
        named.add(3)
        assert remove().objects == 0
    assert objects.exists("plans/main/3/0.bin")
