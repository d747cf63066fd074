"""What is a beacon, and what is none."""

import pytest

from manifest_server.analytics.beacon import BODY_LIMIT, EVENTS, NoBeacon, parsed

from .players import beacon, beat, body

GOOD = body()


def swapped(old: bytes, new: bytes) -> bytes:
    assert GOOD.count(old) == 1, old
    return GOOD.replace(old, new)


BAD = {
    "nothing": (b"", "truncated"),
    "no JSON": (b"hello", "malformed"),
    "not UTF-8": (swapped(b'"main"', b'"ma\xffn"'), "utf-8"),
    "half a surrogate": (swapped(b'"main"', b'"\\ud800"'), "malformed"),
    "a list": (b"[]", "Expected `object`"),
    "no fields": (b"{}", "missing required field `v`"),
    "two": (GOOD + GOOD, "trailing"),
    "another version": (swapped(b'"v": 1', b'"v": 2'), "$.v"),
    "true for a version": (swapped(b'"v": 1', b'"v": true'), "$.v"),
    "no viewer": (swapped(b'"alice"', b'""'), "$.viewer"),
    "a viewer with a newline": (swapped(b'"alice"', b'"alice\\n"'), "$.viewer"),
    "a long viewer": (swapped(b'"alice"', b'"%b"' % (b"a" * 65)), "$.viewer"),
    "a null": (swapped(b'"alice"', b"null"), "$.viewer"),
    "a channel with a slash": (swapped(b'"main"', b'"a/b"'), "$.channel"),
    "a short session": (swapped(b'"0000000000000001"', b'"1"'), "$.session"),
    "a session in capitals": (swapped(b'"0000000000000001"', b'"000000000000000A"'), "$.session"),
    "no events": (b'{"v":1,"viewer":"a","session":"0000000000000001","channel":"main","events":[]}', "$.events"),
    "too many events": (body("a", *[beat()] * (EVENTS + 1)), "$.events"),
    "an event without a type": (swapped(b'"type": "beat", ', b""), "$.events[0]"),
    "a height that is a truth": (swapped(b"480,", b"true,"), "$.events[0].height"),
    "a height in parts": (swapped(b"480,", b"480.5,"), "$.events[0].height"),
    "a height below zero": (swapped(b"480,", b"-480,"), "$.events[0].height"),
    "a height as text": (swapped(b"480,", b'"480",'), "$.events[0].height"),
    "NaN": (swapped(b'"sync_ms": 4', b'"sync_ms": NaN'), "malformed"),
    "infinity": (swapped(b'"sync_ms": 4', b'"sync_ms": -Infinity'), "malformed"),
    "out of range": (swapped(b'"sync_ms": 4', b'"sync_ms": 1e400'), "out of range"),
    "400 digits": (swapped(b'"sync_ms": 4', b'"sync_ms": %b' % (b"9" * 400)), "out of range"),
    "stalled for less than no time": (swapped(b'"stalled_ms": 0', b'"stalled_ms": -1'), "$.events[0].stalled_ms"),
    "stalled for a week": (swapped(b'"stalled_ms": 0', b'"stalled_ms": 6e8'), "$.events[0].stalled_ms"),
    "deep": (b"[" * BODY_LIMIT, ""),
    "deep in what is not known": (swapped(b'"v": 1', b'"x": ' + b"[" * 6000 + b"]" * 6000 + b', "v": 1'), "deeply"),
}


@pytest.mark.parametrize(("sent", "why"), BAD.values(), ids=BAD)
def test_what_is_wrong_is_no_beacon(sent: bytes, why: str) -> None:
    with pytest.raises(NoBeacon, match=r"^no beacon: ") as refusal:
        parsed(sent)
    assert why in str(refusal.value)


def test_what_is_not_known_is_passed_over() -> None:
    found = beacon("alice", {"type": "frob", "x": [1, {"y": None}]}, beat(mood="good"))
    assert [event.type for event in found.events] == ["frob", "beat"]


def test_an_error_does_not_repeat_what_was_sent() -> None:
    with pytest.raises(NoBeacon) as refusal:
        parsed(swapped(b'"alice"', b'"my secret"'))
    assert "secret" not in str(refusal.value)
