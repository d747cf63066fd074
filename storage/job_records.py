"""What is stored of the packaging of an asset: the job, its tasks, and how far they are. Pure."""

from typing import Annotated, Literal, NamedTuple

from pydantic import ConfigDict, Field

from storage.record import Record

JobState = Literal["queued", "running", "done", "failed", "cancelled"]
TaskState = Literal["waiting", "pending", "leased", "resting", "done"]

ANALYSE = "analyse"
WHOLE = "whole"
SOUND = "sound"
FINISH = "finish"
LOCAL = "local"  # packaged from a file that only its holder has: nobody can take it over

LOWEST_PRIORITY = 0
USUAL_PRIORITY = 5
HIGHEST_PRIORITY = 9


def _is_none(value: object) -> bool:
    return value is None


class JobFacts(Record):
    """What is to be packaged. The job's id is that of the asset, so that there is one job for an asset."""

    asset: str
    name: str  # of the uploaded file
    title: str
    source_key: str | None  # the object to package; None: a file of the holder
    source_sha256: str
    size_bytes: int
    priority: Annotated[int, Field(ge=LOWEST_PRIORITY, le=HIGHEST_PRIORITY)] = USUAL_PRIORITY
    # The trace that the packaging is part of (W3C Trace Context). Only stored if there is one: workers of an older
    # version would not read it.
    traceparent: Annotated[
        str | None, Field(pattern=r"^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$", exclude_if=_is_none)
    ] = None


class NewTask(Record):
    """A task to be added. `waits`: how many others name it in `then`; `weight`: its share of the job's work."""

    name: str
    waits: int = 0
    then: tuple[str, ...] = ()
    weight: float = 1.0


class TaskView(Record):
    """A task as it is. `deaths`, `faults`, `outages`: how often its worker was lost, it failed, a part was gone."""

    name: str
    state: TaskState
    waits: int = 0
    weight: float = 1.0
    done: Annotated[float, Field(ge=0, le=1)] = 0.0
    stage: str = ""
    worker: str = ""
    deaths: int = 0
    faults: int = 0
    outages: int = 0


class JobView(Record):
    """A job as it is. Times are Unix milliseconds by Redis's clock; `seconds`: how long the video is, when known."""

    facts: JobFacts
    state: JobState
    reason: str = ""  # why it failed, or why the last try did
    submitted_ms: int
    started_ms: int | None = None
    ended_ms: int | None = None
    now_ms: int
    seconds: float | None = None
    tasks: tuple[TaskView, ...] = ()

    @property
    def done(self) -> float:
        """How much of the work is done: 0 to 1."""
        if self.state == "done":
            return 1.0
        total = sum(task.weight for task in self.tasks)
        return sum(task.weight * (1.0 if task.state == "done" else task.done) for task in self.tasks) / (total or 1.0)

    @property
    def elapsed_s(self) -> float:
        """Wall seconds since a worker began."""
        if self.started_ms is None:
            return 0.0
        return max(0.0, ((self.ended_ms or self.now_ms) - self.started_ms) / 1000)

    @property
    def speed(self) -> float | None:
        """Seconds of video packaged in a second, over all workers; None while that is not known."""
        if self.seconds is None or not self.elapsed_s or not self.done:
            return None
        return self.done * self.seconds / self.elapsed_s

    @property
    def remaining_s(self) -> float | None:
        """Wall seconds left if it goes on like this."""
        if self.state != "running" or self.seconds is None or self.done < 0.02:
            return None
        return self.elapsed_s * (1 - self.done) / self.done


class Lease(Record):
    """A task that a worker holds: until it is completed, given back, or not renewed in time."""

    job: str
    task: str
    token: str
    facts: JobFacts
    plan: str | None = None  # what `analyse` left, for all tasks after it
    tries: int = 0  # how often it was begun in vain


class Survey(NamedTuple):
    """How many tasks are pending, and held or resting; how many jobs failed lately; Redis's clock.

    `oldest_ms`: when the oldest job with a pending task was submitted; 0: there is none.
    """

    pending: int
    running: int
    failed: int
    oldest_ms: int
    now_ms: int


class JobAnswer(Record):
    """A job as people and scripts are told of it. `done` is 0 to 1, `speed` seconds of video a second, over all."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "0f3a5d0c9b1e4f62a7d8c3b2e1f00912", "name": "film.mp4", "title": "The Film",
                    "state": "running", "reason": "", "priority": 5, "done": 0.25, "speed": 2.5, "elapsed_s": 30.0,
                    "remaining_s": 90.0, "submitted_ms": 1767117600000, "ended_ms": None,
                    "tasks": [
                        {
                            "name": "encode-0", "state": "leased", "waits": 0, "weight": 1.0, "done": 0.25,
                            "stage": "encode", "worker": "w1", "deaths": 0, "faults": 0, "outages": 0,
                        }
                    ],
                }
            ]
        }
    )  # fmt: skip

    id: str
    name: str
    title: str
    state: JobState
    reason: str
    priority: int
    done: float
    speed: float | None
    elapsed_s: float
    remaining_s: float | None
    submitted_ms: int
    ended_ms: int | None
    tasks: tuple[TaskView, ...] = ()

    @classmethod
    def of(cls, view: JobView, *, tasks: bool) -> "JobAnswer":
        """What to tell of a job, with or without its tasks."""
        return cls(
            id=view.facts.asset,
            name=view.facts.name,
            title=view.facts.title,
            state=view.state,
            reason=view.reason,
            priority=view.facts.priority,
            done=round(view.done, 4),
            speed=None if view.speed is None else round(view.speed, 3),
            elapsed_s=round(view.elapsed_s, 1),
            remaining_s=None if view.remaining_s is None else round(view.remaining_s, 1),
            submitted_ms=view.submitted_ms,
            ended_ms=view.ended_ms,
            tasks=view.tasks if tasks else (),
        )
