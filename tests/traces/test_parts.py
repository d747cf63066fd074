"""Spans of what is done for others: packaging, with S3 and the queue, and webhooks."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from packager.progress import Progress, Stage, unwatched
from packager.stages import Stages
from storage import spans
from storage.catalogue import Catalogue
from storage.errors import NotFound, Unavailable
from storage.job_records import JobFacts
from storage.jobs import Jobs
from storage.redis_clients import synchronous
from storage.settings import Settings
from storage.stores import objects
from streamsync import traces
from tests.hooks.receivers import receiver as hook_receiver
from tests.hooks.receivers import status
from tests.hooks.stage import made, noted, sending, settled

from .receiver import Receiver

STAGES: tuple[Stage, ...] = ("probe", "encode")
FACTS = JobFacts(asset="1" * 32, name="a.mp4", title="A", source_key=None, source_sha256="a" * 64, size_bytes=1)


@contextmanager
def beginning(name: str = "all") -> Iterator[None]:
    """A trace; its spans have been received by the end."""
    with traces.collected(), spans.begin(name, "server"):
        yield


def test_calls_of_s3_are_parts_with_how_they_went(receiver: Receiver, s3_url: str) -> None:
    with beginning():
        store = objects(Settings(objects_url=s3_url))
        store.put("assets/a/secret", b"x")
        assert not store.put("assets/a/secret", b"y", if_absent=True)
        assert store.exists("assets/a/secret")
        assert not store.exists("assets/a/none")
    root = receiver.named("all")
    calls = [one for one in receiver.spans if one is not root]
    assert {one.parent for one in calls} == {root.id}
    found = [(one.name, one.told["http.response.status_code"], one.failed) for one in calls]
    assert found == [
        ("S3 PutObject", 200, False),
        ("S3 PutObject", 412, False),
        ("S3 HeadObject", 200, False),
        ("S3 HeadObject", 404, False),
        ("S3 HeadBucket", 200, False),  # whether there is a bucket at all
    ]
    assert b"secret" not in b"".join(receiver.bodies)


def test_an_s3_that_is_not_there_is_told(
    receiver: Receiver, s3_credentials: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.s3_client.ATTEMPTS", 1)
    with beginning():
        store = objects(Settings(objects_url="s3://media?endpoint=http://127.0.0.1:1"))
        with pytest.raises(Unavailable):
            store.exists("a")
        with spans.part("next"):
            pass
    call = receiver.named("S3 HeadObject")
    assert (call.failed, call.told["error.type"]) == (True, "EndpointConnectionError")
    assert receiver.named("next").parent == receiver.named("all").id


def test_the_queue_is_asked_in_parts(receiver: Receiver, redis_url: str) -> None:
    with beginning():
        jobs = Jobs(synchronous(redis_url), "here")
        jobs.submit(FACTS)
        with pytest.raises(NotFound):
            jobs.job("2" * 32)
    assert receiver.names() == ["all", "redis HGETALL", "redis submit"]


def test_a_job_carries_the_trace_only_if_there_is_one(receiver: Receiver, redis_url: str) -> None:
    assert spans.traceparent() is None
    assert "traceparent" not in FACTS.model_copy(update={"traceparent": spans.traceparent()}).model_dump_json()
    assert JobFacts.model_validate_json(FACTS.model_dump_json()) == FACTS
    with beginning():
        facts = FACTS.model_copy(update={"traceparent": spans.traceparent()})
        jobs = Jobs(synchronous(redis_url), "here")
        jobs.submit(facts)
        lease = jobs.claim("me")
        assert lease is not None
        assert lease.facts == facts
    assert (facts.traceparent or "").split("-")[1:3] == [receiver.named("all").trace, receiver.named("all").id]


def test_stages_follow_each_other_and_what_is_done_is_part_of_them(receiver: Receiver) -> None:
    def package() -> None:
        with Stages(unwatched) as stages:
            with spans.part("before"):
                pass
            for stage in STAGES:
                for done in (0.0, 0.5):
                    stages.watch(Progress(stage, done))
                with spans.part(f"of {stage}"):
                    pass
            raise Unavailable("gone")

    with beginning(), pytest.raises(Unavailable):
        package()
    ids = {one.id: one.name for one in receiver.spans}
    parents = {one.name: ids.get(one.parent) for one in receiver.spans}
    assert parents == {
        "all": None, "before": "all", "probe": "all", "of probe": "probe", "encode": "all", "of encode": "encode"
    }  # fmt: skip
    assert [one.name for one in receiver.spans if one.failed] == ["encode"]


def test_a_webhook_is_a_trace_of_its_own(receiver: Receiver, redis_url: str, tmp_path: Path) -> None:
    async def story() -> str:
        async with Catalogue.connect(redis_url) as catalogue, hook_receiver() as there, sending(catalogue):
            there.answers = [status("500 No"), status("204 No Content")]
            hook = await made(catalogue, there.url)
            [event] = await noted(catalogue, hook, 1)
            await settled(catalogue, hook, event)
            return hook.id

    with traces.collected():
        hook = asyncio.run(story())
    first = next(one for one in receiver.spans if one.name == "webhook")
    assert (first.kind, first.parent, first.failed) == ("client", "", True)
    assert first.told["streamsync.webhook"] == hook
    assert (first.told["streamsync.tries"], first.told["http.response.status_code"]) == (1, 500)
    assert {one.parent for one in receiver.spans if one.trace == first.trace and one is not first} == {first.id}
    assert b"/hook" not in b"".join(receiver.bodies)
