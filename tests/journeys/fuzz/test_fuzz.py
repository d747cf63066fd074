"""The API, fuzzed from its own description: no fault of ours, no answer that the description does not have."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from storage.catalogue import Catalogue
from storage.keys import record_key
from storage.private_valkey import PrivateValkey
from storage.settings import Settings
from storage.stores import objects
from tests.journeys.program import Machine, free_port
from tests.stage import asset
from tests.storage.catalogues import told

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
TOKEN = "fuzz-owner-token"  # noqa: S105
CHECKS = (
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance",
    "negative_data_rejection", "unsupported_method", "ignored_auth", "tells_nothing_of_its_insides",
)  # fmt: skip
EXAMPLES = 3  # for each operation, beyond those that cover what the description says of values
SEED = 20_261_128
LIMIT_S = 540


def _stock(data: Path) -> None:
    """Three assets."""

    async def indexed(catalogue: Catalogue) -> None:
        for record in (asset(1), asset(2), asset(3)):
            objects(Settings(data=data)).put(record_key(record.id), record.model_dump_json().encode())
            await catalogue.index_asset(record)

    with PrivateValkey(Settings(data=data)) as url:
        told(url, indexed)


def _on_air(origin: str) -> None:
    """A channel called as in the examples, so that what is asked of it is answered."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with httpx.Client(base_url=f"{origin}/api/v1/", headers=headers, timeout=30) as client:
        client.post("channels", json={"name": "main"}).raise_for_status()
        client.post("channels/main/start", json={"at": "2026-01-01T00:00:00Z"}).raise_for_status()


def _fuzzed(origin: str, folder: Path) -> subprocess.CompletedProcess[str]:
    argv = [
        sys.executable, "-m", "schemathesis.cli", "--config-file", str(HERE / "schemathesis.toml"), "run",
        f"{origin}/api/v1/openapi.json", "--url", f"{origin}/api/v1", "--header", f"Authorization: Bearer {TOKEN}",
        "--checks", ",".join(CHECKS), "--phases", "examples,coverage,fuzzing", "--max-examples", str(EXAMPLES),
        # One worker: CPython 3.11's `ast`, which Hypothesis asks about its lambdas, fails now and then in threads.
        "--seed", str(SEED), "--workers", "1", "--request-timeout", "30", "--continue-on-failure", "--no-color",
        "--warnings", "off",
    ]  # fmt: skip
    environment = {
        "SCHEMATHESIS_HOOKS": "hooks",
        "PYTHONPATH": str(HERE),
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
    }
    return subprocess.run(
        argv, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=LIMIT_S
    )


def test_whatever_is_sent_is_answered_as_the_description_says(tmp_path: Path) -> None:
    machine = Machine(tmp_path / "data", free_port())
    _stock(machine.data)
    with machine.running("serve", ready="serving on", STREAMSYNC_TOKEN=TOKEN) as program:
        _on_air(machine.origin)
        done = _fuzzed(machine.origin, tmp_path)
        assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2_000:]
        assert "Tested: 0" not in done.stdout
        assert httpx.get(f"{machine.origin}/healthz").status_code == 200
        assert program.stop(signal.SIGTERM) == 0
    assert "Traceback" not in program.err
    assert TOKEN not in program.err + program.out
