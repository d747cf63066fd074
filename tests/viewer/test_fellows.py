"""Server processes of one port: their metrics as one, and whether all are there."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from manifest_server.viewer.fellows import Fellows, merged

ONE = b"""# HELP asked_total Requests.
# TYPE asked_total counter
asked_total 3.0
# HELP taken Beacons, by "kind" {such}.
# TYPE taken gauge
taken{kind="a b"} 1.0
taken{kind="}{"} 2.0
"""
TWO = b"""# HELP asked_total Requests.
# TYPE asked_total counter
asked_total 4.5e+09
# HELP only Here only.
# TYPE only gauge
only 7.0
"""


def test_metrics_of_several_processes_are_told_apart_by_a_label() -> None:
    text = merged({"0": ONE, "2": TWO})
    assert text.decode().splitlines() == [
        "# HELP asked_total Requests.",
        "# TYPE asked_total counter",
        'asked_total{process="0"} 3.0',
        'asked_total{process="2"} 4.5e+09',
        '# HELP taken Beacons, by "kind" {such}.',
        "# TYPE taken gauge",
        'taken{process="0",kind="a b"} 1.0',
        'taken{process="0",kind="}{"} 2.0',
        "# HELP only Here only.",
        "# TYPE only gauge",
        'only{process="2"} 7.0',
    ]
    read = {one.name: len(one.samples) for one in text_string_to_metric_families(text.decode())}
    assert read == {"asked": 2, "taken": 2, "only": 1}


def test_each_asks_the_others_and_leaves_out_who_is_not_there(tmp_path: Path) -> None:
    async def story() -> None:
        zero, one = Fellows(tmp_path, 0, 3), Fellows(tmp_path, 1, 3)
        async with zero.telling(lambda: b"# HELP n N.\nn 0\n"), one.telling(lambda: b"# HELP n N.\nn 1\n"):
            assert await one.gathered(b"# HELP n N.\nn 1\n") == b'# HELP n N.\nn{process="0"} 0\nn{process="1"} 1\n'
        # Both have ended; the files that they leave lead to nobody.
        assert await one.gathered(b"# HELP n N.\nn 1\n") == b'# HELP n N.\nn{process="1"} 1\n'

    asyncio.run(story())


def test_a_folder_that_is_gone_is_told_of_and_keeps_nobody_from_serving(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def story() -> None:
        for folder in (tmp_path / "gone", tmp_path / ("x" * 120)):
            one = Fellows(folder, 0, 2)
            assert one.succeed("me") is None
            async with one.telling(lambda: b""):
                assert await one.gathered(b"# HELP n N.\nn 0\n") == b'# HELP n N.\nn{process="0"} 0\n'

    asyncio.run(story())
    assert [one.getMessage() for one in caplog.records] == [
        "event=metrics_not_shared reason=No such file or directory",
        "event=metrics_not_shared reason=AF_UNIX path too long",
    ]


def test_the_newer_of_two_with_a_number_is_asked_also_when_the_older_has_ended(tmp_path: Path) -> None:
    async def story() -> None:
        old, new, other = Fellows(tmp_path, 0, 2), Fellows(tmp_path, 0, 2), Fellows(tmp_path, 1, 2)
        async with AsyncExitStack() as stack:
            async with old.telling(lambda: b"# HELP n N.\nn 1\n"):
                await stack.enter_async_context(new.telling(lambda: b"# HELP n N.\nn 2\n"))
            assert await other.gathered(b"") == b'# HELP n N.\nn{process="0"} 2\n'

    asyncio.run(story())


def test_a_successor_is_told_who_had_its_number(tmp_path: Path) -> None:
    assert Fellows(tmp_path, 0, 2).succeed("first") is None
    assert Fellows(tmp_path, 1, 2).succeed("other") is None
    assert Fellows(tmp_path, 0, 2).succeed("second") == "first"
    assert Fellows(tmp_path, 0, 2).succeed("third") == "second"


def test_who_is_missing_is_counted(tmp_path: Path) -> None:
    fellows = Fellows(tmp_path, 0, 4)
    assert fellows.state() == "ok"
    fellows.missing = frozenset({1, 3})
    assert fellows.state() == "2 of 4 are not there"
