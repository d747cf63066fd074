"""`streamsync` with a supervisor that waits less for who hangs: `python -m tests.journeys.impatient COMMAND...`."""

from streamsync import supervisor
from streamsync.__main__ import main

HUNG_BEATS = 8

if __name__ == "__main__":
    supervisor.QUIET_BEATS, supervisor.HUNG_BEATS = 2, HUNG_BEATS
    main()
