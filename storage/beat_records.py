"""What servers and workers tell of themselves while they live. Pure."""

from pydantic import ConfigDict

from storage.record import Record

# While servers are upgraded, those of the version before read what the others say.
_LENIENT = ConfigDict(extra="ignore")


class ServerBeat(Record):
    """A manifest server. `lag_ms`: the longest that its event loop was late since the beat before.

    `objects`: "ok", or what is wrong with its way to the store.
    """

    model_config = _LENIENT

    id: str
    host: str
    pid: int
    version: str
    started_ms: int
    channels: int = 0  # in memory
    lineups: int = 0
    lag_ms: int = 0
    objects: str = "ok"


class WorkerBeat(Record):
    """A packaging process. `job`, `task`: what it works on, since `since_ms` by its clock."""

    model_config = _LENIENT

    id: str
    host: str
    pid: int
    version: str
    started_ms: int
    job: str | None = None
    task: str | None = None
    since_ms: int | None = None
