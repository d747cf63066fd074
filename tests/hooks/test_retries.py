"""When a delivery is tried again: as receivers ask, within bounds."""

import pytest

from manifest_server.hooks.retries import MOST_TRIES, again_ms, retry_after_ms
from storage.catalogue import Catalogue
from tests.hooks.receivers import receiver, status
from tests.hooks.stage import made, noted, sending, settled, told

NOW_MS = 784_111_777_000  # Sun, 06 Nov 1994 08:49:37 GMT
DAY_MS = 86_400_000


@pytest.mark.parametrize(
    ("said", "ms"),
    [
        ("120", 120_000), (" 120 ", 120_000), ("0", 0), ("86400", DAY_MS), ("86401", DAY_MS), ("9" * 5000, DAY_MS),
        ("Sun, 06 Nov 1994 08:51:37 GMT", 120_000), ("Sunday, 06-Nov-94 08:51:37 GMT", 120_000),
        ("Sun Nov  6 08:51:37 1994", 120_000), ("Sun, 06 Nov 1994 09:51:37 +0100", 120_000),
        ("Sun, 06 Nov 1994 08:49:36 GMT", 0), ("Fri, 31 Dec 9999 23:59:59 GMT", DAY_MS),
        ("", 0), ("-5", 0), ("1.5", 0), ("soon", 0), ("5, 10", 0), ("\u0665", 0), ("\u00b2", 0),
        ("Sun, 06 Nov 99999 08:49:37 GMT", 0), ("Sun, 66 Nov 1994 08:49:37 GMT", 0),
    ],
)  # fmt: skip
def test_what_retry_after_says(said: str, ms: int) -> None:
    assert retry_after_ms(said, NOW_MS) == ms


def test_it_is_tried_no_sooner_than_asked_and_no_sooner_than_without() -> None:
    for tries in range(1, MOST_TRIES):
        own = again_ms("hook", "evt", tries)
        assert own is not None
        assert again_ms("hook", "evt", tries, 1) == own
        later = again_ms("hook", "evt", tries, DAY_MS)
        assert later is not None
        assert max(own, DAY_MS) <= later <= DAY_MS * 1.2
        assert again_ms("hook", "evt", tries, 1000 * DAY_MS) == later
    assert again_ms("hook", "evt", MOST_TRIES, 1000) is None


@pytest.mark.parametrize("line", ["503 Busy", "429 Slow Down"])
def test_a_receiver_that_asks_for_time_is_given_it(redis_url: str, line: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        async with receiver(status(line, "Retry-After: 600")) as there, sending(catalogue):
            hook = await made(catalogue, there.url)
            [event] = await noted(catalogue, hook, 1)
            found = await settled(catalogue, hook, event)
            assert (found.state, found.status) == ("waiting", int(line[:3]))
            assert found.next_ms is not None
            assert found.last_ms is not None
            assert 600_000 <= found.next_ms - found.last_ms <= 720_000

    told(redis_url, story)
