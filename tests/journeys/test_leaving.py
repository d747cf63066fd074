"""What a server process says while it leaves, which takes it as long as its clients take to hear of it."""

import signal
import time
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection

import pytest

from tests.redis_servers import until

from .processes import linux_only
from .program import Machine
from .test_serve_workers import READY, until_whole

pytestmark = [pytest.mark.slow, linux_only]


def test_its_answers_are_dated_to_the_second(empty: Machine) -> None:
    with empty.running("serve", "--workers", "2", ready=READY) as serve:
        until_whole(empty)
        made = [HTTPConnection("127.0.0.1", empty.port, timeout=20) for _ in range(32)]
        assert told_to_go(made) == []  # all are open now
        serve.process.send_signal(signal.SIGHUP)
        until(lambda: bool(told_to_go(made)), "a process to leave")
        time.sleep(3)  # of the ten seconds for which it waits for the others
        dates = told_to_go(made)
        assert dates
        assert min(dates) > time.time() - 2.5  # not of when it began to leave
        for one in made:
            one.close()


def told_to_go(connections: list[HTTPConnection]) -> list[float]:
    """Ask on each until one is told that this was its last answer; the date (Unix seconds) of that, if there is one.

    It is left out from then on.
    """
    for one in connections:
        one.request("GET", "/time")
        with one.getresponse() as answer:
            answer.read()
        if answer.headers["Connection"] == "close":
            connections.remove(one)
            return [parsedate_to_datetime(answer.headers["Date"]).timestamp()]
    return []
