"""The sweep: a whole upload that nobody asked to package gets its job, once; what nobody goes on with is removed."""

import hashlib
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from storage import asset_states, redis_clients
from storage.asset_ids import asset_id
from storage.errors import NotFound
from storage.fleet_queue import FleetQueue
from storage.folder_objects import FolderObjects
from storage.keys import SWEPT, record_key, upload_key, upload_record_key
from storage.objects import Entry
from storage.settings import Settings
from storage.stores import objects, uploads
from storage.upload_jobs import UploadJobs
from storage.upload_records import Part, Upload, Wish
from storage.upload_sweep import EVERY_S, Sweep, Swept
from storage.uploads import ABANDONED_S, COMPLETE_KEPT_S, Uploads
from tests.admin.uploading import film, md5

pytestmark = pytest.mark.slow

DATA = film(1000)
SHA256 = hashlib.sha256(DATA).hexdigest()


class Aged(FolderObjects):
    """A folder in which some files are a good deal older than they are: those of `old`, by key and number.

    By number, as the clock of files goes in steps, and is behind.
    """

    old: frozenset[tuple[str, int]] = frozenset()
    older_s = 0.0

    def numbered(self, key: str) -> tuple[str, int]:
        return key, (self._root / key).stat().st_ino

    def entries(self, prefix: str) -> Iterator[Entry]:
        for entry in super().entries(prefix):
            is_old = self.numbered(entry.key) in self.old
            yield replace(entry, modified_s=entry.modified_s - self.older_s) if is_old else entry


class Site:
    """A store, a queue, and the sweep of both."""

    def __init__(self, settings: Settings, url: str) -> None:
        self.settings = settings
        self.aged = Aged(settings.objects_root)
        self.objects = self.aged if settings.objects_url is None else objects(settings)
        self.uploads = Uploads(self.objects, uploads(settings).store)
        self.redis = redis_clients.synchronous(url)
        self.queue = FleetQueue(url)
        self.jobs = UploadJobs(self.queue, self.objects, settings)
        self.sweep = Sweep(self.uploads, self.jobs)
        self.asset = asset_id(SHA256, settings)

    def sent(self) -> Upload:
        """An upload with all its parts."""
        wish = Wish(name="film.mp4", title="A film", fingerprint="0" * 64, size_bytes=len(DATA), priority=7)
        made = self.uploads.create(wish, 0)
        part = Part(number=1, md5=md5(DATA))
        store = self.uploads.store
        if self.settings.objects_url is None:
            with store.receiving(made, part) as receiving:  # type: ignore[attr-defined]
                receiving.write(DATA)
                receiving.keep()
        else:
            store._s3.upload_part(  # type: ignore[attr-defined]
                **store._named(made.id), UploadId=made.place, PartNumber=1, Body=DATA  # type: ignore[attr-defined]
            )  # fmt: skip
        return made

    def complete(self) -> Upload:
        return self.uploads.complete(self.sent(), SHA256)

    def put_together(self) -> Upload:
        """Killed before the record says that it is complete, but after it says what it should be."""
        made = self.uploads.renew(self.sent().model_copy(update={"declared": SHA256}))
        self.uploads.store.join(made, self.uploads.store.parts(made))
        return made

    def days_later(self, days: float) -> Swept:
        """What a sweep does when all that is there was written so long ago."""
        self.aged.old = frozenset(map(self.aged.numbered, self.aged.keys("")))
        self.aged.older_s = days * 86_400
        return self.sweep.run(time.time())


@pytest.fixture(params=["folder", "s3"])
def site(request: pytest.FixtureRequest, tmp_path: Path, redis_url: str) -> Iterator[Site]:
    url = request.getfixturevalue("s3_url") if request.param == "s3" else None
    made = Site(Settings(data=tmp_path, objects_url=url), redis_url)
    yield made
    made.queue.close()
    made.redis.close()


@pytest.fixture
def folder(tmp_path: Path, redis_url: str) -> Iterator[Site]:
    made = Site(Settings(data=tmp_path), redis_url)
    yield made
    made.queue.close()
    made.redis.close()


@pytest.mark.parametrize("killed", ["complete", "put_together"])
def test_a_whole_upload_without_a_job_gets_one_and_no_second(site: Site, killed: str) -> None:
    made = getattr(site, killed)()
    assert site.sweep.run(time.time()) == (1, 0)
    job = site.queue.jobs().job(site.asset)
    assert (job.state, job.facts.name, job.facts.title, job.facts.priority) == ("queued", "film.mp4", "A film", 7)
    assert (job.facts.source_key, job.facts.source_sha256) == (f"uploads/{made.id}", SHA256)
    assert site.uploads.upload(made.id).sha256 == SHA256
    assert site.objects.read(f"uploads/{made.id}") == DATA
    assert site.sweep.run(time.time()) == (0, 0)


def test_an_upload_that_is_under_way_is_left_alone(site: Site) -> None:
    made = site.sent()
    assert site.sweep.run(time.time()) == (0, 0)
    assert site.uploads.upload(made.id) == made
    assert site.queue.jobs().jobs() == []


def test_jobs_that_redis_lost_are_made_again(site: Site) -> None:
    site.jobs.submit(site.complete())
    site.redis.flushall()
    assert site.sweep.run(time.time()).adopted == 1
    assert site.queue.jobs().job(site.asset).state == "queued"


def test_what_failed_or_was_cancelled_is_for_people_to_go_on_with(folder: Site) -> None:
    folder.jobs.submit(folder.complete())
    jobs = folder.queue.jobs()
    assert jobs.cancel(folder.asset)
    assert folder.sweep.run(time.time()).adopted == 0
    assert jobs.job(folder.asset).state == "cancelled"
    assert jobs.retry(folder.asset)
    lease = jobs.claim("w")
    assert lease is not None
    assert jobs.give_back(lease, "no video", "", final=True)
    assert folder.sweep.run(time.time()).adopted == 0
    assert jobs.job(folder.asset).state == "failed"


def test_the_source_of_an_asset_goes_but_not_that_of_a_deleted_one(folder: Site) -> None:
    made = folder.complete()
    folder.objects.put(record_key(folder.asset), b"{}")
    asset_states.mark(folder.objects, folder.asset, "deleted", 0)
    assert folder.jobs.asset(SHA256) is None
    assert folder.sweep.run(time.time()).adopted == 1
    jobs = folder.queue.jobs()
    asset_states.unmark(folder.objects, folder.asset)
    assert folder.sweep.run(time.time()).adopted == 0
    assert folder.uploads.is_whole(made), "a job that is under way still has its source"
    jobs.cancel(folder.asset)
    folder.sweep.run(time.time())
    assert not folder.uploads.is_whole(made)
    assert folder.uploads.upload(made.id).sha256 == SHA256


def test_an_upload_that_is_adopted_late_does_not_expire(folder: Site) -> None:
    made = folder.complete()
    assert folder.days_later(15) == (1, 0)
    assert folder.uploads.is_whole(made)


def test_a_fleet_that_is_weeks_behind_finds_the_source(folder: Site) -> None:
    made = folder.complete()
    folder.jobs.submit(made)
    assert folder.days_later(15) == (0, 0)
    assert folder.uploads.is_whole(made)
    folder.queue.jobs().cancel(folder.asset)
    assert folder.days_later(15) == (0, 1)
    with pytest.raises(NotFound):
        folder.uploads.upload(made.id)


def test_what_is_whole_is_kept_as_long_as_the_api_says(folder: Site) -> None:
    """Also when nobody said yet that it is complete, and no sweep but `gc` comes by."""
    folder.put_together()
    now_s = time.time()
    assert ABANDONED_S < COMPLETE_KEPT_S
    assert folder.uploads.expire(now_s + COMPLETE_KEPT_S - 60) == 0
    assert folder.uploads.expire(now_s + COMPLETE_KEPT_S + 60) == 1
    assert list(folder.objects.keys("")) == []


def test_what_somebody_removes_meanwhile_stays_removed(folder: Site) -> None:
    made, other = folder.complete(), folder.uploads
    found = list(other.whole())
    other.delete(made)
    assert [upload.id for upload, _ in found] == [made.id]
    assert folder.sweep.run(time.time()) == (0, 0)
    assert list(folder.objects.keys("")) == []


def test_one_of_all_sweeps_each_half_hour(folder: Site) -> None:
    made = folder.complete()
    others = [Sweep(folder.uploads, folder.jobs) for _ in range(3)]
    done = [sweep.in_turn(time.time()) for sweep in others]
    assert done == [(1, 0), None, None]
    assert EVERY_S * 0.9 < folder.redis.pttl(SWEPT) / 1000 <= EVERY_S
    folder.redis.delete(SWEPT)
    folder.uploads.delete(made)
    assert others[2].in_turn(time.time()) == (0, 0)


def test_a_sweep_reads_no_record_without_a_source(folder: Site) -> None:
    """A catalogue of thousands has as many records of uploads that are assets."""
    made = folder.complete()
    folder.uploads.packaged(made)
    (folder.settings.objects_root / upload_record_key(made.id)).write_bytes(b"not read")
    assert list(folder.uploads.whole()) == []


@pytest.mark.parametrize("record", [b"", b"{", b"\xff\x00", b'{"id":"x"}'])
def test_a_record_that_cannot_be_read_is_told_and_stops_no_other(
    folder: Site, record: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    wish = Wish(name="bad.mp4", title="Bad", fingerprint="1" * 64, size_bytes=len(DATA), priority=7)
    bad, other = folder.uploads.create(wish, 0), folder.complete()
    folder.objects.put(upload_record_key(bad.id), record)
    folder.objects.put(upload_key(bad.id), DATA)  # so that the sweep looks at it in both of its passes
    with caplog.at_level("WARNING"):
        assert folder.sweep.run(time.time()) == (1, 0)
    assert f"event=unreadable upload={bad.id} record={upload_record_key(bad.id)} why=the record of" in caplog.text
    assert folder.uploads.uploads("", 10) == (folder.uploads.upload(other.id),)
    folder.queue.jobs().cancel(folder.asset)
    assert folder.days_later(30) == (0, 1)
    assert folder.objects.read(upload_record_key(bad.id)) == record
    assert [one.upload for one in folder.uploads.store.strays()] == [bad.id], "its parts are still there"
