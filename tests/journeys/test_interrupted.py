"""A command that is interrupted before it has begun."""

import signal
import subprocess
import sys

import pytest

# Whatever is loaded last is a moment like any other.
WHILE_LOADING = """
import signal, sys
class Interrupted:
    def find_spec(self, name, path=None, target=None):
        if name == "streamsync.cli":
            signal.raise_signal({number})
sys.meta_path.insert(0, Interrupted())
from streamsync.__main__ import main
main()
"""


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_command_that_is_still_loading_ends_without_a_traceback(number: signal.Signals) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WHILE_LOADING.format(number=int(number)), "channel", "list"],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")
