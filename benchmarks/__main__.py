"""Runs the benchmarks that are named, or all; each prints its numbers with what they are to reach."""

import sys

from benchmarks import (
    catalogue,
    chunks,
    core,
    edit,
    fleet,
    join,
    moments,
    notice,
    outage,
    packaging,
    plan,
    ready,
    start,
    upload,
)

ALL = {
    "core": core.main,
    "catalogue": catalogue.main,
    "packaging": packaging.main,
    "plan": plan.main,
    "moments": moments.main,
    "edit": edit.main,
    "chunks": chunks.main,
    "fleet": fleet.main,
    "join": join.main,
    "start": start.main,
    "upload": upload.main,
    "notice": notice.main,
    "ready": ready.main,
    "outage": outage.main,
}


def main() -> None:
    """`python -m benchmarks [NAME...]`."""
    names = sys.argv[1:] or list(ALL)
    unknown = set(names) - ALL.keys()
    if unknown:
        sys.exit(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(ALL)}")
    for name in names:
        print(f"\n== {name}    python -m benchmarks {name}", flush=True)
        ALL[name]()


if __name__ == "__main__":
    main()
