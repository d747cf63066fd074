"""`streamsync simulate`: tables, plots, channels as they are, and nonsense."""

import re
from pathlib import Path

import pytest

from storage.catalogue import Catalogue
from tests.admin.command_line import Run
from tests.stage import asset, on_air
from tests.storage.catalogues import told

QUICK = ("simulate", "--players", "0")


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    monkeypatch.setenv("STREAMSYNC_DATA", str(tmp_path))
    for name in ("SERVER", "TOKEN", "REDIS_URL"):
        monkeypatch.delenv(f"STREAMSYNC_{name}", raising=False)
    return Run()


def test_a_table_for_several_audiences(run: Run) -> None:
    done = run(*QUICK, "20K", "1.5M", "--lineups", "100")
    assert done.exit_code == 0, done.exception
    assert re.search(r"^viewers +20,000 +1,500,000$", done.stdout, re.MULTILINE)
    for what in ("servers: media playlists /s", "shields answer themselves: media playlists", "dollars an hour"):
        assert what in done.stdout


def test_a_sample_says_how_far_the_model_is_off(run: Run) -> None:
    done = run("simulate", "1M", "--lineups", "1000", "--players", "300")
    assert done.exit_code == 0, done.exception
    assert re.search(r"of 1,000,000 viewers 300 players.*by the model .*%\); the busiest second", done.stdout)


def test_json_has_all_of_it(run: Run) -> None:
    [found] = run.json(*QUICK, "1M", "--edges", "4", "--shields", "0", "--price-gb", "0", "--price-requests", "0")
    assert found["audience"]["viewers"] == 1_000_000
    assert found["steady"]["origin"]["beacon"] == pytest.approx(1_000_000 * (1 / 28.5 + 1 / 2700))
    assert found["need"]["egress_cost"] == found["need"]["request_cost"] == 0
    assert found["need"]["cost"] == pytest.approx(found["need"]["server_cost"] + found["need"]["store_cost"])
    assert found["check"] is None


def test_twice_as_quick_a_server_is_half_as_many(run: Run) -> None:
    kinds = ("playlist", "admission", "master", "time", "beacon", "join", "guide")

    def processors(each: int) -> float:
        words = [word for kind in kinds for word in ("--per-cpu", f"{kind}={each}")]
        [found] = run.json(*QUICK, "1M", *words)
        return float(found["need"]["processors"])

    assert processors(2000) == pytest.approx(processors(4000) * 2)


def test_a_plot_is_one_page_that_asks_nothing_of_anybody(run: Run, tmp_path: Path) -> None:
    plot = tmp_path / "plot.html"
    assert run(*QUICK, "1M", "--lineups", "50", "--plot", str(plot)).exit_code == 0
    text = plot.read_text()
    assert not re.search(r"https?://|src=|<script|@import", text)
    drawings = re.findall(r"<svg.*?</svg>", text)
    assert len(drawings) == 2
    for one in drawings:
        assert one.count("<polyline") >= 1
        assert "nan" not in one


def test_a_channel_as_it_is(run: Run, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def ready(catalogue: Catalogue) -> None:
        await on_air(catalogue, asset(1, 40.0), asset(2, 40.0))

    told(redis_url, ready)
    monkeypatch.setenv("STREAMSYNC_REDIS_URL", redis_url)
    [found] = run.json(*QUICK, "1000", "--channel", "main", "--rung", "240p=1", "--shields", "0", "--edges", "1")
    assert found["steady"]["edge"]["playlist"] == pytest.approx(1000 * 2 / 4, rel=0.01)
    assert found["need"]["viewer_bps"] == pytest.approx(1000 * (240_000 + 128_000), rel=0.1)
    assert run.fails(*QUICK, "--channel", "none") == (4, "no channel 'none'")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["many"], "viewers 'many': it is a number, perhaps with K or M behind it"),
        (["0"], "viewers 0: it is 1 to 1e+10"),
        (["1e99"], "viewers '1e99'"),
        (["9999999M"], "viewers 1e+13"),
        (["100", "--lineups", "101"], "lineups 101: it is 0 to 100"),
        (["100", "--shared", "1.5"], "shared 1.5: it is 0 to 1"),
        (["100", "--shared", "nan"], "shared nan: it is 0 to 1"),
        (["100", "--storm-seconds", "0"], "storm 0: it is 1 to"),
        (["100", "--edges", "0"], "edges 0: it is 1 to"),
        (["100", "--edges", "2", "--shields", "3"], "shields 3: it is 0 to 2"),
        (["100", "--per-cpu", "playlist"], "per-cpu 'playlist': it is NAME=NUMBER"),
        (["100", "--per-cpu", "cakes=3"], "per-cpu 'cakes': it is one of playlist, "),
        (["100", "--per-cpu", "playlist=0"], "playlist 0 in a processor second: it is above 0"),
        (["100", "--rung", "9p=1"], "rung '9p': there are 1080p, 720p"),
        (["100", "--rung", "720p=-1"], "rung 720p=-1: it is a share, 0 to 1"),
        (["100", "--price-gb", "-1"], "price egress_gb -1: it is 0 to 1e6"),
        (["100", "--busy", "0"], "busy 0: it is above 0, at most 1"),
        (["100", "--cores", "0"], "cores 0: it is 1 to 1024"),
        (["100", "--players", "-1"], "players -1: it is 0 to 100000"),
        (["100", "--plot", "/nonexistent/x.html"], "/nonexistent/x.html: No such file or directory"),
    ],
)
def test_nonsense_is_refused_by_name(run: Run, words: list[str], said: str) -> None:
    done = run("simulate", *words) if "--players" in words else run(*QUICK, *words)
    assert done.exit_code != 0
    assert said in str(done.exception)
    assert not done.stdout


def test_the_help_has_examples(run: Run) -> None:
    done = run("simulate", "--help")
    assert done.exit_code == 0
    assert "streamsync simulate 1M --lineups 1000 --plot million.html" in done.stdout
