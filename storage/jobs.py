"""Jobs: the packaging of assets as tasks that any worker may take, in Redis. Blocks: async callers use threads."""

import json
import secrets
from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeVar, cast

from pydantic import ValidationError

from storage import beats, job_scripts, keys, spans
from storage.beat_records import WorkerBeat
from storage.errors import Conflict, NotFound, Unavailable
from storage.job_records import (
    ANALYSE,
    FINISH,
    LOCAL,
    SOUND,
    WHOLE,
    JobFacts,
    JobState,
    JobView,
    Lease,
    NewTask,
    Survey,
    TaskView,
)
from storage.redis_clients import FAILURES, PASSING, SyncClient

LEASE_MS = 20_000  # a task whose worker was lost is offered again after this
MOST_DEATHS = 3
MOST_FAULTS = 3
MOST_OUTAGES = 40  # with the rests between them: over half an hour

JOBS_KEPT = 5_000
KEPT_MS = 30 * 86_400_000

LATELY_MS = 86_400_000
SURVEYED = 500  # of the newest jobs, and of the most urgent tasks

_ATTEMPTS = 3
_TOKEN_BYTES = 12
_RANKS = {FINISH: 0, ANALYSE: 1, WHOLE: 1, SOUND: 2, LOCAL: 0}
_VIDEO_RANK = 5
_TS_RANK = 3

Counter = Literal["deaths", "faults", "outages", ""]
Held = Literal["held", "lost", "cancelled"]
_Answer = TypeVar("_Answer")


class Jobs:
    """The queue. Every method raises Unavailable when Redis does not answer; all are safe to repeat."""

    def __init__(self, redis: SyncClient, place: str, *, lease_ms: int = LEASE_MS) -> None:
        self.lease_ms = lease_ms
        self._redis = redis
        self._place = place
        self._scripts = {
            name.lower(): redis.register_script(getattr(job_scripts, name))
            for name in (
                "SUBMIT",
                "CLAIM",
                "RENEW",
                "COMPLETE",
                "GIVE_BACK",
                "REAP",
                "CANCEL",
                "RETRY",
                "FORGET",
                "NOW",
                "SURVEY",
            )
        }

    def submit(self, facts: JobFacts) -> bool:
        """Queue the packaging of an asset; False when it is under way already. One that ended begins anew."""
        first = NewTask(name=ANALYSE)
        return self._text("submit", facts.asset, facts.model_dump_json(), _tasks([first]), "", 0, "") == "new"

    def hold(self, facts: JobFacts, holder: str) -> Lease:
        """Package an asset here, from a file that only we have. Raises Conflict while it is under way elsewhere.

        `holder` is whoever cannot hold it twice: what it held before, it was killed at.
        """
        lease = Lease(job=facts.asset, task=LOCAL, token=self.token(), facts=facts)
        tasks = _tasks([NewTask(name=LOCAL)])
        arguments = (lease.job, facts.model_dump_json(), tasks, lease.token, self.lease_ms, holder)
        if self._text("submit", *arguments) != "new":
            raise Conflict(f"asset {facts.asset} is being packaged already")
        return lease

    def claim(self, worker: str, token: str = "") -> Lease | None:
        """The most urgent task, held by `worker` for `lease_ms`; None when there is none.

        After Unavailable a task may have been claimed all the same: who asks again with the same token is given it.
        """
        token = token or self.token()
        answer = self._run("claim", token, worker, self.lease_ms, keys.CLAIM_PREFIX + token)
        if not answer:
            return None
        member, facts, plan, tries = answer
        job, _, task = _text(member).partition("|")
        found = JobFacts.model_validate_json(facts)
        return Lease(job=job, task=task, token=token, facts=found, plan=_text(plan) or None, tries=int(tries))

    def token(self) -> str:
        """A token that nobody else has."""
        return secrets.token_hex(_TOKEN_BYTES)

    def renew(self, lease: Lease, done: float, stage: str) -> Held:
        """Hold a task for another `lease_ms`, and say how far it is. `lost`: another may have it by now."""
        progress = json.dumps({"done": round(min(1.0, max(0.0, done)), 4), "stage": stage})
        return cast("Held", self._text("renew", _member(lease), lease.token, self.lease_ms, progress))

    def complete(
        self,
        lease: Lease,
        result: str = "",
        *,
        add: Sequence[NewTask] = (),
        plan: str = "",
        seconds: float | None = None,
        ends: bool = False,
    ) -> int | None:
        """The task is done and gave `result`: how many others are pending by that; None when it is not ours any more.

        `add` brings further tasks, `plan` is given to all of them; with `ends` the whole job is done.
        """
        shown = "" if seconds is None else f"{seconds:.3f}"
        arguments = (_member(lease), lease.token, result, _tasks(add), plan, shown, "1" if ends else "0")
        answer = self._run("complete", *arguments)
        return int(answer) if isinstance(answer, int) else None

    def give_back(
        self, lease: Lease, reason: str, counter: Counter, *, rest_ms: int = 0, final: bool = False
    ) -> bool:
        """The task was not done: try again after `rest_ms`. True if the job failed by that: `final`, or too often."""
        limit = {"faults": MOST_FAULTS, "outages": MOST_OUTAGES, "deaths": MOST_DEATHS, "": 0}[counter]
        arguments = (_member(lease), lease.token, reason[:2000], counter, limit, rest_ms, "1" if final else "0")
        return self._text("give_back", *arguments) == "failed"

    def reap(self) -> int:
        """Offer again what was lost with its worker or has rested. How many tasks are pending."""
        return int(self._run("reap", MOST_DEATHS))

    def cancel(self, job: str) -> bool:
        """Stop a job; its workers hear of it within seconds. False when it had ended. Raises NotFound."""
        return self._ended_or_absent("cancel", job, {"queued", "running"})

    def retry(self, job: str) -> bool:
        """Go on with a job that failed or was cancelled; what was done stays done. False when there is no need."""
        return self._ended_or_absent("retry", job, {"again"})

    def forget(self, now_ms: int) -> int:
        """Forget jobs that ended long ago, or that are too many; how many."""
        return int(self._run("forget", now_ms - KEPT_MS, JOBS_KEPT))

    def job(self, job: str) -> JobView:
        """A job with its tasks. Raises NotFound."""
        fields = self._ask(lambda: self._redis.hgetall(keys.job_key(keys.checked_asset(job))), "HGETALL")
        if not fields:
            raise NotFound(f"no job {job!r}")
        return _view({_text(name): _text(value) for name, value in fields.items()}, self.now_ms())

    def jobs(self, start: int = 0, count: int = 100) -> list[JobView]:
        """Jobs, the newest first, from the `start`-th on."""
        names = self._ask(lambda: self._redis.zrevrange(keys.JOB_INDEX, start, start + count - 1), "ZREVRANGE")
        found = []
        for name in map(_text, names):
            try:
                found.append(self.job(name))
            except NotFound:  # forgotten meanwhile
                continue
        return found

    def results(self, job: str, names: Sequence[str]) -> list[str]:
        """What these tasks gave. Raises NotFound when one is not done."""
        found = self._ask(lambda: self._redis.hmget(keys.job_key(job), [f"r:{name}" for name in names]), "HMGET")
        missing = [name for name, text in zip(names, found, strict=True) if text is None]
        if missing:
            raise NotFound(f"job {job!r}: no result of {', '.join(missing[:3])}")
        return [_text(text) for text in found]

    def turn(self, every_s: float) -> bool:
        """Whether it is this caller's turn at what one of all does every so often: looking after the uploads."""
        return bool(self._ask(lambda: self._redis.set(keys.SWEPT, "1", nx=True, px=round(every_s * 1000)), "SET"))

    def survey(self) -> Survey:
        """How much there is to do, and what went wrong of late."""
        found = self._run("survey", LATELY_MS, SURVEYED)
        return Survey(*map(int, found))

    def beat(self, said: WorkerBeat) -> None:
        """Say that a worker lives."""
        self._ask(lambda: self._redis.execute_command(*beats.beat("workers", said.id, said)), "beat")  # type: ignore[no-untyped-call]

    def gone(self, worker: str) -> None:
        """Say that a worker ends."""
        self._ask(lambda: self._redis.execute_command(*beats.gone("workers", worker)), "gone")  # type: ignore[no-untyped-call]

    def say(self, word: str) -> None:
        """Tell whoever listens to events."""
        self._ask(lambda: self._redis.publish(keys.EVENTS, word), "PUBLISH")

    def now_ms(self) -> int:
        """Redis's clock."""
        return int(self._run("now"))

    def _ended_or_absent(self, script: str, job: str, yes: set[str]) -> bool:
        answer = self._text(script, keys.checked_asset(job))
        if answer == "absent":
            raise NotFound(f"no job {job!r}")
        if answer == "local":
            raise Conflict(f"job {job!r} was packaged from a file of one machine: package it there again")
        return answer in yes

    def _text(self, name: str, *arguments: str | int) -> str:
        return _text(self._run(name, *arguments))

    def _run(self, name: str, *arguments: str | int) -> Any:
        places = [keys.PENDING, keys.LEASES, keys.JOB_INDEX]
        return self._ask(lambda: self._scripts[name](keys=places, args=[keys.JOB_PREFIX, *arguments]), name)

    def _ask(self, ask: Callable[[], _Answer], what: str) -> Any:
        """The answer of Redis; asked again when a connection broke, as every script may run twice."""
        with spans.part(f"redis {what}", "client") as span:
            span.note("db.system.name", "redis")
            for attempt in range(_ATTEMPTS):
                try:
                    return ask()
                except FAILURES as error:
                    if attempt == _ATTEMPTS - 1 or not isinstance(error, PASSING):
                        raise Unavailable(f"Redis at {self._place}: {error}") from error
            raise AssertionError("the last attempt returns or raises")


def _member(lease: Lease) -> str:
    return f"{lease.job}|{lease.task}"


def _tasks(tasks: Sequence[NewTask]) -> str:
    return json.dumps(
        [
            # A list of names as text: cjson would make an empty list an object.
            {
                "name": task.name,
                "waits": task.waits,
                "after": ",".join(task.then),
                "weight": task.weight,
                "rank": _rank(task.name),
            }
            for task in tasks
        ]
    )


def _rank(name: str) -> int:
    """The order in which the tasks of one job are claimed: what others wait for, and what ends it, first."""
    return _RANKS.get(name, _TS_RANK if name.startswith("ts-") else _VIDEO_RANK)


def _view(fields: dict[str, str], now_ms: int) -> JobView:
    try:
        tasks = [_task(name[2:], fields) for name in sorted(fields) if name.startswith("t:")]
        return JobView(
            facts=JobFacts.model_validate_json(fields["facts"]),
            state=cast("JobState", fields["state"]),
            reason=fields.get("reason", ""),
            submitted_ms=int(fields["submitted_ms"]),
            started_ms=_number(fields.get("started_ms")),
            ended_ms=_number(fields.get("ended_ms")),
            now_ms=now_ms,
            seconds=float(fields["seconds"]) if "seconds" in fields else None,
            tasks=tuple(tasks),
        )
    except (KeyError, ValueError, ValidationError) as error:
        raise Unavailable(f"the queue holds a job that cannot be read: {type(error).__name__}") from None


def _task(name: str, fields: dict[str, str]) -> TaskView:
    kept: dict[str, Any] = json.loads(fields[f"t:{name}"])
    progress: dict[str, Any] = json.loads(fields.get(f"p:{name}", "{}"))
    known = {field: kept[field] for field in TaskView.model_fields if field in kept and field != "name"}
    return TaskView(name=name, **{**known, **progress})


def _number(text: str | None) -> int | None:
    return None if text is None else int(text)


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
