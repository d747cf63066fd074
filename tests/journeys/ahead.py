"""The program on a machine whose clock is ahead: `python -m tests.journeys.ahead MILLISECONDS COMMAND...`."""

import sys

from manifest_server.viewer import clock


def main() -> None:
    ahead_ms = int(sys.argv.pop(1))
    true_ms = clock.now_ms
    setattr(clock, "now_ms", lambda: true_ms() + ahead_ms)  # noqa: B010 - mypy would not have a function replaced
    # Only now: it keeps the clock that it finds.
    from streamsync import __main__  # noqa: PLC0415

    __main__.main()


if __name__ == "__main__":
    main()
