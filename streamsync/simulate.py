"""`streamsync simulate`: what an audience would take, on paper."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from manifest_server.admin.views import AssetDetail, AssetPage, ChannelView
from storage.errors import BadInput
from storage.keys import checked_name
from storage.settings import load
from streamsync.doors import doors, place
from streamsync.options import grouped
from streamsync.session import Json, add_row, columns, err, out, print_json, print_table

if TYPE_CHECKING:
    from streamsync.simulation.audience import Audience, Station
    from streamsync.simulation.costs import PerCpu, Prices
    from streamsync.simulation.report import Report

VIEWERS = ["1M", "10M", "59M"]
_TIMES = {"": 1, "K": 1_000, "M": 1_000_000}
_DIGITS = 12


@dataclass(frozen=True)
class Crowd:
    """How they watch."""

    lineups: Annotated[
        int | None,
        typer.Option(
            help="Lineups that viewers share; 0: each has their own. Default: as many as the channel's cohorts."
        ),
    ] = None
    shared: Annotated[float, typer.Option(help="The share of viewers on those; the others have their own.")] = 1.0
    storm: Annotated[float, typer.Option(help="The share who come within --storm-seconds.")] = 0.5
    storm_seconds: Annotated[float, typer.Option(help="How long the storm of joins lasts.")] = 300.0
    session: Annotated[float, typer.Option(help="Seconds that a viewer stays, on average.")] = 2700.0
    ts: Annotated[float, typer.Option(help="The share whose players take `ts`: one playlist, not two.")] = 0.0
    web: Annotated[float, typer.Option(help="The share on our own player, which asks /time and tells beacons.")] = 1.0
    rung: Annotated[
        list[str] | None, typer.Option(help="NAME=SHARE of viewers who watch it; again for each.", show_default=False)
    ] = None


@dataclass(frozen=True)
class Sampling:
    """What checks the model."""

    players: Annotated[int, typer.Option(help="Players that are followed one by one, as a check; 0: none.")] = 2000
    seed: Annotated[int, typer.Option(help="Another number, other players.")] = 1


@dataclass(frozen=True)
class Caches:
    """What stands between."""

    edges: Annotated[int, typer.Option(help="Caches that viewers ask: a CDN's places.")] = 50
    shields: Annotated[
        int, typer.Option(help="Those before the servers, as in deploy/nginx; 0: the edges are those.")
    ] = 2
    edge_trip: Annotated[float, typer.Option(help="Seconds from an edge to a shield and back.")] = 0.03
    origin_trip: Annotated[float, typer.Option(help="Seconds that a server takes to answer a shield.")] = 0.005
    edge_disk: Annotated[float, typer.Option(help="GB of segments that an edge keeps.")] = 1000.0
    shield_disk: Annotated[float, typer.Option(help="GB of segments that a shield keeps.")] = 20.0


@dataclass(frozen=True)
class Money:
    """Servers and prices; where the defaults are from: docs/planning.md."""

    per_cpu: Annotated[
        list[str] | None,
        typer.Option(help="KIND=N: requests of a kind in a processor second of a server.", show_default=False),
    ] = None
    cores: Annotated[int, typer.Option(help="Processors of a server.")] = 2
    busy: Annotated[float, typer.Option(help="How busy they may be in the worst second, 0 to 1.")] = 0.5
    price_gb: Annotated[float, typer.Option(help="Dollars for a GB to viewers.")] = 0.02
    price_requests: Annotated[float, typer.Option(help="Dollars for 10,000 requests to the CDN.")] = 0.01
    price_store: Annotated[float, typer.Option(help="Dollars for 10,000 requests to the store.")] = 0.004
    price_server: Annotated[float, typer.Option(help="Dollars for an hour of a server.")] = 0.0816


@grouped
def simulate(
    crowd: Crowd,
    caches: Caches,
    money: Money,
    sampling: Sampling,
    viewers: Annotated[
        list[str] | None, typer.Argument(help="How many watch: 5000, 20K, 1M; one or several.", show_default=False)
    ] = None,
    channel: Annotated[str | None, typer.Option(help="A channel whose settings and assets count.")] = None,
    plot: Annotated[Path | None, typer.Option(help="Write plots to this file, as HTML.")] = None,
    json: Json = False,
) -> None:
    """Say what audiences would take: requests at each tier, hits, traffic, servers and money. Needs no server.

    Without --channel it is a channel with default settings. The model, what it leaves out, and how it was held
    against a real edge and servers: docs/planning.md.

    Examples:

        streamsync simulate

        streamsync simulate 1M --lineups 1000 --plot million.html

        streamsync simulate 20K --channel main --edges 2 --shields 0 --edge-disk 20 --per-cpu playlist=20000
    """
    # numpy takes its time, which a command that only prints its help need not.
    from streamsync.simulation.chart import page  # noqa: PLC0415
    from streamsync.simulation.costs import Terms  # noqa: PLC0415
    from streamsync.simulation.facts import sizes  # noqa: PLC0415
    from streamsync.simulation.report import plain, report  # noqa: PLC0415
    from streamsync.simulation.sampled import MOST_PLAYERS  # noqa: PLC0415

    if not 0 <= sampling.players <= MOST_PLAYERS:
        raise BadInput(f"players {sampling.players}: it is 0 to {MOST_PLAYERS}")
    per_cpu, prices = _terms(money)
    station, cohorts = _station(channel, _shares(crowd.rung))
    audiences = [_audience(one, crowd, caches, cohorts) for one in viewers or VIEWERS]
    terms = Terms(per_cpu, prices, sizes(station))
    found = [report(station, one, terms, sampling.players, sampling.seed) for one in audiences]
    if plot is not None:
        _write(plot, page(station, found))
    if json:
        print_json([plain(one) for one in found])
        return
    _print(found)
    if plot is not None:
        err.print(f"plots: {plot}", markup=False)


def _audience(text: str, crowd: Crowd, caches: Caches, cohorts: int) -> "Audience":
    from streamsync.simulation.audience import Audience  # noqa: PLC0415

    viewers = _count(text)
    lineups = min(cohorts, viewers) if crowd.lineups is None else crowd.lineups
    return Audience(
        viewers, lineups, crowd.shared, crowd.storm, crowd.storm_seconds, crowd.session, crowd.ts,
        crowd.web, caches.edges, caches.shields, caches.edge_trip, caches.origin_trip, caches.edge_disk,
        caches.shield_disk,
    ).checked()  # fmt: skip


def _count(text: str) -> int:
    """Viewers: 5000, 20K, 1.5M. Raises BadInput."""
    unit = text[-1:].upper() if text[-1:].upper() in {"K", "M"} else ""
    figures = text[: len(text) - len(unit)].replace(",", "").replace("_", "")
    whole, _, part = figures.partition(".")
    if not (whole.isascii() and whole.isdigit() and len(whole) <= _DIGITS and (not part or part.isdigit())):
        raise BadInput(f"viewers {text[:80]!r}: it is a number, perhaps with K or M behind it")
    return round(float(figures) * _TIMES[unit])


def _pairs(what: str, said: Sequence[str] | None) -> dict[str, float]:
    """`NAME=NUMBER`, several. Raises BadInput."""
    found = {}
    for text in said or ():
        name, equals, value = text.partition("=")
        try:
            found[name] = float(value)
        except ValueError:
            equals = ""
        if not equals:
            raise BadInput(f"{what} {text[:80]!r}: it is NAME=NUMBER")
    return found


def _shares(said: Sequence[str] | None) -> dict[str, float] | None:
    found = _pairs("rung", said)
    for name, value in found.items():
        if not 0 <= value <= 1:
            raise BadInput(f"rung {name[:80]}={value:g}: it is a share, 0 to 1")
    if found and not sum(found.values()):
        raise BadInput("rung: somebody has to watch one of them")
    return found or None


def _terms(money: Money) -> "tuple[PerCpu, Prices]":
    from streamsync.simulation.costs import PerCpu, Prices  # noqa: PLC0415

    said = _pairs("per-cpu", money.per_cpu)
    unknown = [name for name in said if name not in PerCpu.__dataclass_fields__]
    if unknown:
        raise BadInput(f"per-cpu {unknown[0][:80]!r}: it is one of {', '.join(PerCpu.__dataclass_fields__)}")
    prices = Prices(
        money.price_gb, money.price_requests, money.price_store, money.price_server, money.cores, money.busy
    )
    return PerCpu(**said).checked(), prices.checked()


def _station(channel: str | None, shares: dict[str, float] | None) -> "tuple[Station, int]":
    """The channel, and how many lineups its cohorts share."""
    from streamsync.simulation.facts import default_station, station_of  # noqa: PLC0415

    if channel is None:
        return default_station(shares).checked(), 0
    name = checked_name("channel", channel)
    with doors(load()) as door:
        record = door.ask(ChannelView, "GET", place("channels", name))
        pages = door.pages(AssetPage, "assets", {"whole": True})
        assets = [one.record for page in pages for one in page.assets if isinstance(one, AssetDetail)]
    cohorts = 0 if record.cohorts is None else len(record.cohorts.lineups)
    return station_of(record, assets, shares).checked(), cohorts


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text)
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}") from None


def _print(found: "Sequence[Report]") -> None:
    from streamsync.simulation.report import number, rows  # noqa: PLC0415

    table = columns("", *("" for _ in found))
    table.show_header = False
    for column in table.columns[1:]:
        column.justify = "right"
    for row in rows(found):
        add_row(table, *row)
    print_table(table)
    for one in found:
        if one.check is not None:
            model, counted = one.check.origin
            out.print(
                f"of {number(one.audience.viewers)} viewers {number(one.check.players)} players, one by one: "
                f"{number(counted)} playlists /s at servers, by the model {number(model)} ({one.check.error:+.1%}); "
                f"the busiest second {one.check.uneven:.2f} times the mean",
                markup=False,
            )  # fmt: skip
