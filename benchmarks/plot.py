"""What was measured, as a page: all figures beside their goals, and bars with ranges beside their yardstick. Pure."""

from html import escape

from benchmarks.results import Bar, Bars, Goal, Measured, Results
from streamsync.simulation.drawing import COLOURS, WIDE, document, svg, table
from streamsync.simulation.report import number

NEUTRAL, MISSED, REACHED = COLOURS[0], COLOURS[4], COLOURS[2]
LEFT, RIGHT, ABOVE, BELOW = 300, 210, 26, 30
ROW, THICK = 34, 16
_READ = "A bar ends at the median, the line over it spans all rounds, and the broken mark is the goal."
_VERDICT = {None: "", True: "reached", False: "MISSED"}


def page(results: Results) -> str:
    """The whole page."""
    parts = [f"<h1>Measured</h1><p>{escape(results.machine)}; begun {escape(results.begun)}.</p><p>{_READ}</p>"]
    for one in results.measured:
        parts.append(f"<h2>{escape(one.name)}</h2><p><code>python -m benchmarks {escape(one.name)}</code></p>")
        parts += [f"<h3>{escape(chart.title)}</h3>{drawn(chart)}" for chart in one.charts]
        parts.append(table(_rows(one)))
    return document("Measured", "".join(parts))


def _rows(measured: Measured) -> list[tuple[str, ...]]:
    return [
        (one.what, f"{one.value:.3f} {one.unit}", one.goal.told(), _VERDICT[one.goal.is_reached(one.value)])
        for one in measured.figures
    ]


def drawn(chart: Bars) -> str:
    """A bar as long as the median, a line over it from the least to the most, a mark at its goal.

    Upright across all of them: the yardstick.
    """
    most = max(max(*one.values, *_ends(one.goal), 1e-9) for one in chart.bars)
    if chart.yardstick is not None:
        most = max(most, chart.yardstick[1])
    per = (WIDE - LEFT - RIGHT) / most
    bottom = ABOVE + ROW * len(chart.bars)
    below = bottom + 20
    marks = [_text(LEFT, below, "0"), _text(WIDE - RIGHT, below, f"{number(most)} {chart.unit}")]
    for index, bar in enumerate(chart.bars):
        marks += _row(bar, ABOVE + ROW * index + ROW / 2, per)
    if chart.yardstick is not None:
        name, value = chart.yardstick
        x = LEFT + value * per
        marks.append(f'<line class="yardstick" {_from(x, ABOVE - 6)} {_to(x, bottom)} stroke="currentColor"/>')
        marks.append(_text(x, ABOVE - 10, name))
    return svg(marks, bottom + BELOW)


def _row(bar: Bar, y: float, per: float) -> list[str]:
    reached = bar.goal.is_reached(bar.middle)
    colour = NEUTRAL if reached is None else REACHED if reached else MISSED
    least, most = LEFT + min(bar.values) * per, LEFT + max(bar.values) * per
    told = ", ".join(part for part in (f"{bar.middle:.3g}", bar.goal.told(), _VERDICT[reached]) if part)
    marks = [
        _text(LEFT - 8, y + 4, bar.name, "end"),
        f'<rect x="{LEFT}" y="{y - THICK / 2:g}" width="{bar.middle * per:.2f}" height="{THICK}" fill="{colour}"/>',
        f'<line class="range" {_from(least, y)} {_to(most, y)} stroke="currentColor" stroke-width="2"/>',
        _text(WIDE - RIGHT + 8, y + 4, told, "start"),
    ]
    marks += [
        f'<line class="goal" {_from(LEFT + end * per, y - ROW / 2 + 3)} {_to(LEFT + end * per, y + ROW / 2 - 3)} '
        'stroke="currentColor" stroke-width="3" stroke-dasharray="4 3"/>'
        for end in _ends(bar.goal)
    ]
    return marks


def _ends(goal: Goal) -> list[float]:
    return [one for one in (goal.at_most, goal.at_least) if one is not None]


def _from(x: float, y: float) -> str:
    return f'x1="{x:.2f}" y1="{y:g}"'


def _to(x: float, y: float) -> str:
    return f'x2="{x:.2f}" y2="{y:g}"'


def _text(x: float, y: float, words: str, anchor: str = "middle") -> str:
    return f'<text x="{x:.2f}" y="{y:g}" text-anchor="{anchor}">{escape(words)}</text>'
