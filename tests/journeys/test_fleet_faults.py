"""Workers that are killed, run out of disk, or meet a poison file: nothing is lost, and the others go on."""

import re
import time
from pathlib import Path

import pytest

from storage.folder_objects import FolderObjects
from tests.packager.sources import plain
from tests.packager.trouble import mounting

from .conftest import Undisturbed
from .hands import Hands, until
from .processes import at_work_in, linux_only, wait_ended

pytestmark = [pytest.mark.slow, linux_only]

LEASE_S = 4.0


def mountable(folder: Path, redis_url: str, undisturbed: Undisturbed) -> tuple[Hands, Path, str]:
    """Hands with short leases, a work folder that a disk can be mounted on, and the job of the film."""
    hands = Hands(folder, redis_url, lease_s=LEASE_S)
    hands.settings.work_root.mkdir(parents=True)
    return hands, hands.settings.work_root, hands.submit(undisturbed.film)


def test_a_worker_that_is_killed_is_replaced_within_a_minute(
    tmp_path: Path, redis_url: str, undisturbed: Undisturbed
) -> None:
    """With leases as long as they are: 20 s."""
    hands = Hands(tmp_path, redis_url)
    job = hands.submit(undisturbed.film)
    with hands.worker() as one, hands.worker() as other:
        with hands.ffmpeg_is("slow", f"{job}.video-3/"):
            begun = hands.await_event(job, "began", "video-00003")
            until(lambda: at_work_in(tmp_path / "data" / "work" / f"{job}.video-3"), lambda: "ffmpeg begins")
        ffmpeg = list(at_work_in(tmp_path / "data" / "work" / f"{job}.video-3"))
        victim = {worker.process.pid: worker.process for worker in (one, other)}[begun.pid]
        victim.kill()
        victim.wait()
        killed = time.time()
        for pid in ffmpeg:
            wait_ended(pid)
        ended_s = time.time() - killed
        again = hands.await_event(job, "began", "video-00003", count=2)
        assert hands.ended(job).state == "done"
    taken_s = again.at - killed
    print(f"a worker killed: ffmpeg ended after {ended_s:.1f} s, taken over after {taken_s:.1f} s")  # noqa: T201
    assert again.pid != begun.pid
    assert taken_s < 60
    hands.assert_nothing_lost(job, undisturbed.made, "a worker killed", {begun.pid: killed})


def test_a_worker_whose_disk_is_full_leaves_the_work_to_another(
    tmp_path: Path, redis_url: str, undisturbed: Undisturbed
) -> None:
    hands, work, job = mountable(tmp_path, redis_url, undisturbed)
    with hands.worker(before=mounting(work, "64m")) as full:
        with hands.ffmpeg_is("full-work", f"{job}.video-2/"):
            hands.await_event(job, "to_be_repeated", "video-00002")
        assert "reason=the disk is full" in full.err
        seen = hands.shown(job)
        assert seen["state"] == "running"
        assert re.search("disk is full|MB free|no room", seen["reason"]), seen["reason"]
        assert list(hands.objects.keys("records/")) == []
        with hands.worker():
            assert hands.ended(job).state == "done"
        tries = hands.diary(job, "to_be_repeated")
        print(f"a full disk: {len(tries)} tries there while another did the rest")  # noqa: T201
        assert {one.pid for one in tries} == {full.process.pid}
        # One in 5 s. Without a rest of its own the worker there had not let the other finish after 90 s.
        assert len(tries) < 20
        hands.assert_nothing_lost(job, undisturbed.made, "a full disk")

        plain(tmp_path / "next.mp4", seconds=3)
        following = hands.submit(tmp_path / "next.mp4")
        hands.await_event(following, "to_be_repeated")
        assert "MB free" in hands.shown(following)["reason"]
        _beyond(full.process.pid, work / "filler").unlink()
        assert hands.ended(following).state == "done"


def test_a_store_that_is_full_is_waited_for(tmp_path: Path, redis_url: str, undisturbed: Undisturbed) -> None:
    hands = Hands(tmp_path, redis_url, lease_s=LEASE_S)
    root = hands.settings.objects_root
    root.mkdir(parents=True)
    with hands.worker(before=mounting(root, "48m")) as worker:
        store = _beyond(worker.process.pid, root)
        hands.objects = Beyond(store)
        job = hands.submit(undisturbed.film)
        with hands.ffmpeg_is("full-objects", f"{job}.video-2/"):
            hands.await_event(job, "to_be_repeated", "video-00002")
        assert "no room for object" in hands.shown(job)["reason"]
        hands.await_event(job, "to_be_repeated", count=3)
        assert list(hands.objects.keys("records/")) == []
        (store / "filler").unlink()
        seen = hands.ended(job)
        assert (seen.state, {(task.deaths, task.faults) for task in seen.tasks}) == ("done", {(0, 0)})
        assert list((store / "~incoming").iterdir()) == []
        rested = sum(task.outages for task in seen.tasks)
        hands.assert_nothing_lost(job, undisturbed.made, f"a full store, {rested} tries there")


def _beyond(pid: int, path: Path) -> Path:
    """A path as a process with mounts of its own sees it."""
    return Path(f"/proc/{pid}/root{path}")


class Beyond(FolderObjects):
    """A store seen through /proc, whose links would be followed to what is mounted here."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def _place(self, key: str) -> Path:
        return self._root / key


def test_a_poison_file_ends_and_the_rest_goes_on(tmp_path: Path, redis_url: str, undisturbed: Undisturbed) -> None:
    hands = Hands(tmp_path, redis_url, lease_s=2)
    plain(tmp_path / "poison.mp4", seconds=3)
    poison = hands.submit(tmp_path / "poison.mp4", priority=9)
    job = hands.submit(undisturbed.film)
    with hands.worker(processes=2) as crew:
        with hands.ffmpeg_is("deadly", poison):
            assert hands.ended(poison).state == "failed"
            seen = hands.shown(poison)
        assert hands.ended(job).state == "done"
        assert seen["reason"] == "whole: 3 workers were lost at it, for want of memory perhaps"
        assert len(hands.diary(poison, "began", "whole")) == 3
        # The third may not have been replaced yet: it is waited for longer each time.
        assert crew.err.count("a packaging process ended with -9: starting another") >= 2
        assert len(list(hands.objects.keys("uploads/"))) == 1
        hands.command("jobs", "retry", poison)
        assert hands.ended(poison).state == "done"
    hands.assert_nothing_lost(job, undisturbed.made, "three workers lost at a poison file")


def test_a_cancelled_job_lets_go_and_a_retry_goes_on(
    tmp_path: Path, redis_url: str, undisturbed: Undisturbed
) -> None:
    hands, work, job = mountable(tmp_path, redis_url, undisturbed)
    # Each with a work folder of its own, as on two machines: no lock keeps them from the same task.
    with hands.worker(), hands.worker(before=mounting(work, "64m")):
        with hands.ffmpeg_is("slow", f"{job}.video-3/"):
            hands.await_event(job, "began", "video-00003")
            assert hands.jobs.cancel(job)
            assert hands.jobs.retry(job)
            until(lambda: at_work_in(work / f"{job}.video-3"), lambda: "ffmpeg is at work")
            hands.await_event(job, "done", "video-", count=5)
            (ffmpeg, *_) = at_work_in(work / f"{job}.video-3")
            hands.command("jobs", "cancel", job)
            cancelled = time.monotonic()
            wait_ended(ffmpeg)
            ended_s = time.monotonic() - cancelled
            hands.await_event(job, "abandoned", "video-00003")
        assert hands.shown(job)["state"] == "cancelled"
        # The other worker may have been at something, too.
        until(lambda: not (at_work_in(work) or hands.folders()), lambda: f"{at_work_in(work)} {hands.folders()} end")
        assert len(list(hands.objects.keys("uploads/"))) == 1
        hands.command("jobs", "retry", job)
        assert hands.ended(job).state == "done"
    print(f"cancelled: ffmpeg ended after {ended_s:.1f} s")  # noqa: T201
    hands.assert_nothing_lost(job, undisturbed.made, "cancelled twice")


def test_what_is_urgent_does_not_wait_for_a_long_film(
    tmp_path: Path, redis_url: str, undisturbed: Undisturbed
) -> None:
    hands = Hands(tmp_path, redis_url, lease_s=LEASE_S)
    for name in ("usual", "urgent"):
        plain(tmp_path / f"{name}.mp4", seconds=3, rate="25" if name == "usual" else "50")
    long = hands.submit(undisturbed.film)
    with hands.worker():
        with hands.ffmpeg_is("held", f"{long}.video-3/"):  # it may not be done before there is something urgent
            hands.await_event(long, "began", "video-00003")
            usual = hands.submit(tmp_path / "usual.mp4")
            urgent = hands.submit(tmp_path / "urgent.mp4", priority=9)
        for job in (urgent, long, usual):
            assert hands.ended(job).state == "done"
    first, last = hands.diary(urgent)[0], hands.diary(urgent)[-1]
    assert not [one for one in hands.diary(long) + hands.diary(usual) if first.at < one.at < last.at]
    assert hands.diary(long, "done", "finish")[0].at > last.at
    assert hands.diary(usual)[0].at >= hands.diary(long, "done", "finish")[0].at
