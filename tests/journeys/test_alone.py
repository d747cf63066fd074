"""A file packaged by hand and the fleet keep out of each other's way."""

import pytest

from packager import fingerprint
from storage import redis_clients
from storage.asset_ids import asset_id
from storage.job_records import JobFacts
from storage.jobs import Jobs
from storage.private_valkey import PrivateValkey
from storage.settings import Settings

from .conftest import Films
from .program import Machine

pytestmark = pytest.mark.slow


def test_what_the_fleet_has_is_not_packaged_by_hand_as_well(empty: Machine, films: Films) -> None:
    settings = Settings(data=empty.data)
    digest, size = fingerprint.sha256(films.one, lambda _: None)
    asset = asset_id(digest, settings)
    facts = JobFacts(asset=asset, name="one.mp4", title="One", source_key="uploads/x", source_sha256=digest,
                     size_bytes=size)  # fmt: skip
    with PrivateValkey(settings) as url:
        jobs = Jobs(redis_clients.synchronous(url), "")
        jobs.submit(facts)
        refused = empty.run("package", films.one)
        assert (refused.returncode, empty.records) == (5, [])
        assert f"asset {asset} is being packaged already" in refused.stderr
        jobs.cancel(asset)
        done = empty.run("package", films.one)
        assert done.returncode == 0, done.stderr
        seen = jobs.job(asset)
        assert (seen.state, [task.name for task in seen.tasks]) == ("done", ["local"])
