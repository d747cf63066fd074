"""Runs the benchmarks that are named, or all; each prints its numbers with what they are to reach.

After each of them the results so far are written as JSON, with a page of plots beside it; `plot FILE` makes it anew.
"""

import argparse
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import (
    beacons,
    catalogue,
    chunks,
    core,
    edit,
    fleet,
    hot,
    join,
    lane,
    measures,
    moments,
    notice,
    outage,
    packaging,
    plan,
    ready,
    simulate,
    start,
    upload,
    web,
)
from benchmarks.keeping import NoResults, keep, load, plotted
from benchmarks.report import machine, recorded
from benchmarks.results import Results

# What is reckoned, what is served, what is packaged, and both together.
ALL = {
    "core": core,
    "lane": lane,
    "hot": hot,
    "measures": measures,
    "moments": moments,
    "plan": plan,
    "catalogue": catalogue,
    "ready": ready,
    "edit": edit,
    "notice": notice,
    "outage": outage,
    "beacons": beacons,
    "simulate": simulate,
    "packaging": packaging,
    "chunks": chunks,
    "fleet": fleet,
    "upload": upload,
    "join": join,
    "start": start,
    "web": web,
}
PLOT = "plot"
RESULTS = Path("build/bench")  # not in git


def main() -> None:
    """`python -m benchmarks [NAME...]`, `python -m benchmarks plot FILE`."""
    told = "\n".join(f"  {name:<10} {(one.__doc__ or '').strip().splitlines()[0]}" for name, one in ALL.items())
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        epilog=f"There are, in this order:\n{told}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", nargs="*", help="which; without any, all of them; or plot FILE", metavar="NAME")
    parser.add_argument("--short", action="store_true", help="web: play for 90 seconds instead of ten minutes")
    given = parser.parse_args()
    if given.name[:1] == [PLOT]:
        _plot(parser, given.name[1:])
        return
    names = given.name or list(ALL)
    unknown = set(names) - ALL.keys()
    if unknown:
        parser.error(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(ALL)}")
    _run(names, short=given.short)


def _run(names: list[str], *, short: bool) -> None:
    begun = datetime.now(UTC).replace(microsecond=0)
    path = RESULTS / f"{begun:%Y%m%dT%H%M%SZ}.json"
    results = Results(machine=machine(), begun=begun.isoformat(), measured=())
    page = None
    for name in names:
        print(f"\n== {name}    python -m benchmarks {name}", flush=True)
        with recorded() as record:
            if name == "web":
                web.main(short=short)
            else:
                ALL[name].main()
        results = results.model_copy(update={"measured": (*results.measured, record.measured(name))})
        page = keep(results, path)
    print(f"\nplots: {page}, of {path}")


def _plot(parser: argparse.ArgumentParser, files: list[str]) -> None:
    if len(files) != 1:
        parser.error("plot: name one file with the results of a run")
    path = Path(files[0])
    try:
        print(f"plots: {plotted(load(path), path)}")
    except NoResults as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
