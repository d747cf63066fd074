"""Drawings in SVG, and a page of HTML to have them in, which asks nothing of anybody. Pure."""

from collections.abc import Sequence
from html import escape
from math import ceil, floor, log10
from typing import NamedTuple

from streamsync.simulation.report import number

WIDE, HIGH, LEFT, BELOW, RIGHT, ABOVE = 860, 340, 90, 46, 190, 16
DECADES = 7  # below the greatest
COLOURS = ("#3b82f6", "#e8590c", "#2f9e44", "#ae3ec9", "#c92a2a", "#0c8599", "#8c6d00", "#868e96")

_STYLE = """:root{color-scheme:light dark;font:15px/1.45 system-ui,sans-serif}
body{margin:2rem auto;max-width:60rem;padding:0 1rem}
body{background:light-dark(#fff,#15171a);color:light-dark(#1b1e22,#e6e8ea)}
svg{width:100%;height:auto}svg text{font-size:12px;fill:currentColor}svg .grid{stroke:currentColor;opacity:.18}
svg polyline{fill:none;stroke-width:2}table{border-collapse:collapse;font-variant-numeric:tabular-nums}
td{padding:.15rem .8rem .15rem 0;text-align:right}td:first-child{text-align:left}div{overflow-x:auto}"""


class Line(NamedTuple):
    """A line of a plot: points with both values above 0, or what is left out."""

    name: str
    points: tuple[tuple[float, float], ...]


def document(title: str, body: str) -> str:
    """A whole page with this inside."""
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style><body>{body}</body></html>\n"
    )


def table(rows: Sequence[Sequence[str]]) -> str:
    """Rows of cells."""
    cells = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f"<div><table>{cells}</table></div>"


def plot(lines: Sequence[Line], *, logarithmic_x: bool) -> str:
    """A drawing with a logarithmic scale upwards."""
    values = [value for line in lines for _, value in line.points if value > 0]
    if not values:
        return "<p>Nothing is asked for.</p>"
    top = ceil(log10(max(values)) + 1e-9)
    bottom = max(floor(log10(min(values))), top - DECADES)
    xs = [log10(x) if logarithmic_x else x for line in lines for x, _ in line.points]
    low, high = min(xs), max(*xs, min(xs) + 1e-9)

    def across(x: float) -> float:
        place = log10(x) if logarithmic_x else x
        return LEFT + (place - low) / (high - low) * (WIDE - LEFT - RIGHT)

    def up(value: float) -> float:
        return ABOVE + (top - max(log10(value), bottom)) / (top - bottom) * (HIGH - ABOVE - BELOW)

    marks = [_level(10.0**power, up(10.0**power)) for power in range(bottom, top + 1)]
    if logarithmic_x:
        marks += [_place(number(10.0**power), across(10.0**power)) for power in range(ceil(low), floor(high) + 1)]
    else:
        marks += [_place(number(x), across(x)) for x in _steps(low, high)]
    for index, line in enumerate(lines):
        colour = COLOURS[index % len(COLOURS)]
        points = " ".join(f"{across(x):.1f},{up(value):.1f}" for x, value in line.points if value > 0)
        at = ABOVE + 14 + 18 * index
        dashes = ' stroke-dasharray="2 6"' if line.name.startswith("edges") else ""  # it may lie on another
        marks.append(f'<polyline points="{points}" stroke="{colour}"{dashes}/>')
        marks.append(f'<rect x="{WIDE - RIGHT + 12}" y="{at - 9}" width="10" height="10" fill="{colour}"/>')
        marks.append(f'<text x="{WIDE - RIGHT + 28}" y="{at}">{escape(line.name)}</text>')
    return svg(marks, HIGH)


def svg(marks: Sequence[str], high: float) -> str:
    """A drawing that is WIDE wide."""
    return f'<svg viewBox="0 0 {WIDE} {high:g}" role="img">{"".join(marks)}</svg>'


def _level(value: float, y: float) -> str:
    line = f'<line class="grid" x1="{LEFT}" x2="{WIDE - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
    return f'{line}<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{number(value)}</text>'


def _place(text: str, x: float) -> str:
    return f'<text x="{x:.1f}" y="{HIGH - BELOW + 20}" text-anchor="middle">{text}</text>'


def _steps(low: float, high: float) -> list[float]:
    wide = max((high - low) / 6, 1.0)
    step = next(one * 10 ** floor(log10(wide)) for one in (1, 2, 5, 10) if one * 10 ** floor(log10(wide)) >= wide)
    return [step * count for count in range(ceil(low / step), floor(high / step) + 1)]
