"""What becomes of an upload: a job of the packaging fleet."""

from manifest_server.admin.uploads_api import Submitted
from storage.asset_ids import asset_id
from storage.fleet_queue import FleetQueue
from storage.job_records import JobFacts
from storage.keys import record_key, upload_key
from storage.objects import Objects
from storage.settings import Settings
from storage.upload_records import Upload


class FleetPackaging:
    """Uploads as jobs in the fleet's queue. The id of a job is that of the asset, so each is packaged once."""

    def __init__(self, queue: FleetQueue, objects: Objects, settings: Settings) -> None:
        self._queue = queue
        self._objects = objects
        self._settings = settings

    def asset(self, sha256: str) -> str | None:
        """The asset that these bytes have become already, if they have."""
        asset = asset_id(sha256, self._settings)
        return asset if self._objects.exists(record_key(asset)) else None

    def submit(self, upload: Upload) -> Submitted:
        """Queue the packaging of an upload that is complete; safe to repeat. Raises Unavailable."""
        assert upload.sha256 is not None  # noqa: S101  the caller has completed it
        job = asset_id(upload.sha256, self._settings)
        jobs = self._queue.jobs()
        facts = JobFacts(
            asset=job,
            name=upload.name,
            title=upload.title,
            source_key=upload_key(upload.id),
            source_sha256=upload.sha256,
            size_bytes=upload.size_bytes,
            priority=upload.priority,
        )
        jobs.submit(facts)
        self._queue.wake()
        return Submitted(job, jobs.job(job).state)
