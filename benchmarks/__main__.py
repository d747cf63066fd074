"""Runs the benchmarks that are named, or all; each prints its numbers with what they are to reach."""

import argparse

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


def main() -> None:
    """`python -m benchmarks [NAME...]`."""
    told = "\n".join(f"  {name:<10} {(one.__doc__ or '').strip().splitlines()[0]}" for name, one in ALL.items())
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        epilog=f"There are, in this order:\n{told}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", nargs="*", help="which; without any, all of them", metavar="NAME")
    parser.add_argument("--short", action="store_true", help="web: play for 90 seconds instead of ten minutes")
    given = parser.parse_args()
    names = given.name or list(ALL)
    unknown = set(names) - ALL.keys()
    if unknown:
        parser.error(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(ALL)}")
    for name in names:
        print(f"\n== {name}    python -m benchmarks {name}", flush=True)
        if name == "web":
            web.main(short=given.short)
        else:
            ALL[name].main()


if __name__ == "__main__":
    main()
