"""What a server writes into its log: in both forms, and without what is in queries."""

import json
import signal

import pytest

from .program import Machine
from .watching import ask

pytestmark = pytest.mark.slow

READY = "serving on"


@pytest.mark.parametrize("form", ["text", "json"])
def test_an_access_log_is_written_when_it_is_wanted(empty: Machine, form: str) -> None:
    settings = {"STREAMSYNC_LOG": form, "STREAMSYNC_ACCESS_LOG": "1"}
    with empty.running("serve", ready=READY, **settings) as serve:
        assert ask(f"{empty.origin}/time?t=secret").status_code == 200
        assert serve.stop(signal.SIGTERM) == 0
    lines = (serve.out + serve.err).splitlines()
    assert "secret" not in "".join(lines)
    if form == "text":
        assert [line for line in lines if '"GET /time HTTP/1.1" 200 OK' in line]
    else:
        told = [json.loads(line) for line in lines if line.startswith("{")]
        assert [(one["event"], one["path"], one["status"]) for one in told] == [("access", "/time", 200)]


def test_without_it_nothing_is_written(empty: Machine) -> None:
    with empty.running("serve", ready=READY, STREAMSYNC_LOG="json") as serve:
        assert ask(f"{empty.origin}/time").status_code == 200
        lane = ask(f"{empty.origin}/metrics").text
        assert serve.stop(signal.SIGTERM) == 0
    assert "streamsync_connections 1.0" in lane  # the fast lane's protocol serves
    assert serve.out + serve.err == f"serving on {empty.origin}; Ctrl-C stops\n"


def test_a_form_that_is_none_is_refused(empty: Machine) -> None:
    done = empty.run("serve", STREAMSYNC_LOG="xml")
    assert done.returncode == 2
    assert "STREAMSYNC_LOG='xml'" in done.stderr
