"""The program `streamsync`, also `python -m streamsync`."""

import signal
import sys


def main() -> None:
    """Run the command line. Whoever interrupts it while it is being loaded need not see where it was."""
    # As a Ctrl-C, so that what we started is stopped: the default would leave the private Valkey behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:  # nohup has it ignored
        # By way of SIGTERM, as uvicorn, while it serves, takes that one over but not this one.
        signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))
    try:
        from streamsync import cli  # noqa: PLC0415
    except KeyboardInterrupt:
        from streamsync.exits import INTERRUPTED  # noqa: PLC0415

        sys.exit(INTERRUPTED)
    cli.main()


if __name__ == "__main__":
    main()
