"""The sweep of uploads: what is whole gets its job if it has none, what nobody goes on with is removed.

A server may be killed between putting an upload together and having it packaged, Redis may lose its jobs, and who
uploaded may never come back: then nobody else would ask for it. Servers and workers sweep, in turns.
"""

import logging
from typing import NamedTuple

from storage.errors import Conflict, NotFound
from storage.upload_jobs import UploadJobs
from storage.upload_records import Upload
from storage.uploads import COMPLETE_KEPT_S, Uploads

EVERY_S = 1800.0
LOOK_S = 600.0  # how often each process looks whether it is its turn

_log = logging.getLogger("streamsync.uploads")


class Swept(NamedTuple):
    """How many uploads got a job, and how much nobody went on with."""

    adopted: int
    expired: int


class Sweep:
    """The sweep of a store's uploads. Blocks. Every method raises Unavailable."""

    def __init__(self, uploads: Uploads, jobs: UploadJobs) -> None:
        self._uploads = uploads
        self._jobs = jobs

    def in_turn(self, now_s: float) -> Swept | None:
        """Sweep, unless somebody has within half an hour."""
        return self.run(now_s) if self._jobs.turn(EVERY_S) else None

    def run(self, now_s: float) -> Swept:
        """Sweep now. Several may do it at once."""
        adopted = sum(self._adopted(upload, now_s - written_s) for upload, written_s in self._uploads.whole())
        return Swept(adopted, self._uploads.expire(now_s))

    def _adopted(self, upload: Upload, age_s: float) -> bool:
        sha256 = upload.sha256 or upload.declared
        if sha256 is None:
            return False
        state = self._jobs.state(sha256)
        under_way = state in {"queued", "running"}
        if self._jobs.asset(sha256) is not None:
            if not under_way:
                self._uploads.packaged(upload)
            return False
        if under_way and age_s > COMPLETE_KEPT_S / 2:
            # A fleet that is behind, or away, finds its source when it comes to it.
            self._uploads.renew(upload)
        if state is not None:  # one that failed or was cancelled is for people to go on with
            return False
        try:
            # Renewed: its job gets as much time as if it had been made when it should.
            submitted = self._jobs.submit(self._uploads.renew(self._uploads.complete(upload, sha256)))
        except (Conflict, NotFound):  # removed, or completed otherwise, meanwhile
            return False
        _log.info("event=adopted upload=%s job=%s", upload.id, submitted.job)
        return True
