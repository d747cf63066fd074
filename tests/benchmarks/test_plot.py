"""What a run of benchmarks leaves: its results as JSON, and a page of plots that can be made of them again."""

import re
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks import __main__ as program
from benchmarks import core
from benchmarks.keeping import keep, load
from benchmarks.plot import page
from benchmarks.report import bars, figure, recorded
from benchmarks.results import Bar, Bars, Figure, Goal, Measured, Results

CHART = Bars(
    title="Playlists, as a ratio",
    unit="times",
    bars=(
        Bar(name="shared", values=(1.8, 2.0, 1.9), goal=Goal(at_least=1.4)),
        Bar(name="own <each>", values=(0.7, 0.6, 0.95), goal=Goal(at_least=1.0)),
        Bar(name="raw ASGI", values=(0.38,)),
    ),
    yardstick=("nginx", 1.0),
)
RESULTS = Results(
    machine="2 processors",
    begun="2026-11-28T18:00:00+00:00",
    measured=(
        Measured(
            name="lane",
            figures=(
                Figure(what="own against nginx", value=0.7, unit="times", goal=Goal(at_least=1.0)),
                Figure(what="p99", value=2.9, unit="ms", goal=Goal(at_most=3)),
                Figure(what="keys", value=12, unit=""),
            ),
            charts=(CHART,),
        ),
    ),
)


def drawing(made: str) -> ElementTree.Element:
    """The only one of a page."""
    [svg] = re.findall(r"<svg.*?</svg>", made, re.DOTALL)
    return ElementTree.fromstring(svg)  # noqa: S314 - our own


def numbers(found: ElementTree.Element, *names: str) -> list[float]:
    return [float(found.attrib[name]) for name in names]


def test_bars_are_as_long_as_their_medians_and_have_ranges_goals_and_the_yardstick() -> None:
    svg = drawing(page(RESULTS))
    rects = list(svg.iter("rect"))
    [yardstick] = [one for one in svg.iter("line") if one.attrib["class"] == "yardstick"]
    begin = numbers(rects[0], "x")[0]
    one = numbers(yardstick, "x1")[0] - begin  # how long 1.0 is
    assert [numbers(rect, "width")[0] / one for rect in rects] == pytest.approx([1.9, 0.7, 0.38], abs=1e-3)
    ranges = [numbers(line, "x1", "x2") for line in svg.iter("line") if line.attrib["class"] == "range"]
    assert [[(x - begin) / one for x in ends] for ends in ranges] == pytest.approx(
        [
            pytest.approx([1.8, 2.0], abs=1e-3),
            pytest.approx([0.6, 0.95], abs=1e-3),
            pytest.approx([0.38] * 2, abs=1e-3),
        ]
    )
    goals = [numbers(line, "x1")[0] - begin for line in svg.iter("line") if line.attrib["class"] == "goal"]
    assert [x / one for x in goals] == pytest.approx([1.4, 1.0], abs=1e-3)
    assert len({rect.attrib["fill"] for rect in rects}) == 3  # reached, missed, without a goal
    words = [text.text for text in svg.iter("text")]
    assert {"shared", "own <each>", "raw ASGI", "nginx"} <= set(words)
    assert "0.7, at least 1, MISSED" in words
    assert "1.9, at least 1.4, reached" in words


def test_nothing_is_drawn_beside_the_drawing() -> None:
    svg = drawing(page(RESULTS))
    wide, high = (float(one) for one in svg.attrib["viewBox"].split()[2:])
    for shape in svg.iter():
        for name, value in shape.attrib.items():
            if name in {"x", "x1", "x2"}:
                assert 0 <= float(value) <= wide
            if name in {"y", "y1", "y2"}:
                assert 0 <= float(value) <= high
    for text in svg.iter("text"):
        words = 7 * len(text.text or "")  # of 12 pixels high
        begin = float(text.attrib["x"]) - {"start": 0, "middle": words / 2, "end": words}[text.attrib["text-anchor"]]
        assert 0 <= begin <= begin + words <= wide, text.text


def test_figures_have_their_goals_beside_them() -> None:
    rows = re.findall(r"<tr>(.*?)</tr>", page(RESULTS))
    cells = [re.findall(r"<td>(.*?)</td>", row) for row in rows]
    assert cells == [
        ["own against nginx", "0.700 times", "at least 1", "MISSED"],
        ["p99", "2.900 ms", "at most 3", "reached"],
        ["keys", "12.000 ", "", ""],
    ]


def test_what_is_reported_is_kept_and_plotted_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with recorded() as record:
        figure("p99", 2.9, "ms", at_most=3)
        bars("By load", "ms", {"half": [2.0, 3.0]}, {"half": Goal(at_most=3)}, ("whole", 5.0))
    figure("of nobody", 1.0, "s")
    assert capsys.readouterr().out.splitlines()[0].endswith("2.900 ms   (at most 3 ms: reached)")
    results = Results(machine="m", begun="now", measured=(record.measured("lane"),))
    path = tmp_path / "deep" / "run.json"
    made = keep(results, path)
    assert load(path) == results
    assert "of nobody" not in path.read_text()
    first = made.read_text()
    made.unlink()
    run("plot", str(path))
    assert made.read_text() == first
    assert capsys.readouterr().out == f"plots: {made}\n"


def run(*words: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["benchmarks", *words])
        program.main()


def test_a_run_says_where_its_plots_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(core, "main", lambda: figure("one playlist", 5.7, "us", at_most=10))
    run("core")
    [path] = tmp_path.glob("build/bench/*.json")
    assert load(path).measured[0].figures[0].value == 5.7
    html = path.with_suffix(".html").relative_to(tmp_path)
    assert capsys.readouterr().out.splitlines()[-1] == f"plots: {html}, of {path.relative_to(tmp_path)}"
    assert "one playlist" in (tmp_path / html).read_text()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "No such file or directory"),
        ("{", "no results of a run: Invalid JSON"),
        ("{}", "no results of a run: machine: Field required"),
        (RESULTS.model_dump_json().replace("[1.8,2.0,1.9]", "[]"), "measured.0.charts.0.bars.0.values: Tuple should"),
        (RESULTS.model_dump_json().replace('"version":1', '"version":2'), "version: Input should be 1"),
    ],
)
def test_what_are_no_results_is_told(
    text: str | None, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "run.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(SystemExit) as ended:
        run("plot", str(path))
    assert ended.value.code == 2
    assert said in capsys.readouterr().err.replace("\n", " ")
    assert not path.with_suffix(".html").exists()


def test_a_plot_is_of_one_file(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run("plot")
    assert "plot: name one file" in capsys.readouterr().err
