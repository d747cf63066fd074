"""A channel's evening from the command line: a moment, edits, a slate, the trail of it all, and taking it back."""

import asyncio
from pathlib import Path

import pytest

from manifest_server.admin.fillers import set_filler
from manifest_server.playout.ticks import date_text
from manifest_server.viewer.clock import now_ms
from storage.catalogue import Catalogue
from streamsync.session import reason_given, user
from tests.storage.catalogues import told

from .command_line import Run
from .moment_stage import FILMS, GOAL, IDENTS, SPOT

HOUR_MS = 3_600_000


@pytest.fixture
def run(redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command line, with the channel tv that has been on air for an hour."""

    async def ready(catalogue: Catalogue) -> None:
        await asyncio.gather(*(catalogue.index_asset(one) for one in (*FILMS, GOAL, SPOT, *IDENTS)))

    async def filled(catalogue: Catalogue) -> None:
        await set_filler(catalogue, "tv", [one.id for one in IDENTS], now_ms)

    told(redis_url, ready)
    for name, value in {"REDIS_URL": redis_url, "DATA": str(tmp_path)}.items():
        monkeypatch.setenv(f"STREAMSYNC_{name}", value)
    for name in ("SERVER", "TOKEN"):
        monkeypatch.delenv(f"STREAMSYNC_{name}", raising=False)
    run = Run()
    pool = [word for film in FILMS for word in ("-a", film.id)]
    assert run("channel", "create", "tv", *pool).exit_code == 0
    told(redis_url, filled)
    assert run("channel", "start", "tv", "--at", date_text(now_ms() - HOUR_MS)).exit_code == 0
    return run


def test_an_evening_from_the_command_line(run: Run) -> None:
    at = date_text((now_ms() + HOUR_MS) // 1000 * 1000)
    news = ("moment", "add", "tv", GOAL.id, "--at", at, "--name", "news", "--title", "The News", "--every", "1h")
    tried = run(*news, "--dry-run", "--sample", "alice", "--break", f"after=1,length=60,pool={SPOT.id}")
    assert isinstance(tried.exception, BaseException)  # one clip has no place between two
    tried = run(*news, "--dry-run", "--sample", "alice")
    assert tried.exit_code == 0, tried.exception
    assert "dry run, nothing was stored: it changes what 4 of a sample of 4 viewers see" in tried.stdout
    assert "alice, lineup d-" in tried.stdout
    assert run.json("moment", "list", "tv")["moments"] == []

    assert run.json(*news, "--why", "kick-off of the season")["id"] == "news"
    assert "The News" in run("moment", "list", "tv").stdout
    shown = run.json("moment", "show", "tv", "news")
    assert (shown["at"], shown["every_s"]) == (at, 3600)
    assert run.json("lineup", "bob", "--channel", "tv", "--at", at)["airings"][0]["asset"] == GOAL.id

    made = run.json("edit", "insert", "tv", SPOT.id, "--viewer", "alice")
    assert run.json("edit", "list", "tv", "--viewer", "alice")["edits"][0]["id"] == made["id"]
    assert "it changes what airs" in run("edit", "reorder", "tv", "3,1,2", "--viewer", "alice", "--dry-run").stdout
    assert run.json("edit", "replace", "tv", "1", GOAL.id, "--lineup", made["lineup"])["version"] == 3
    assert run.json("edit", "skip", "tv", "1", "--all")["drop"] == 1
    assert (
        run.json("--why", "all of them", "edit", "push", "tv", f"{GOAL.id}:0:2", "--notice", "1h")["lineup"] is None
    )
    pushed = run.json("edit", "list", "tv", "--all")["edits"]
    assert run.json("edit", "undo", "tv", pushed[-1]["id"], "--all")["edits"] == pushed[:-1]
    undone = run("undo", "tv")  # the push is there again
    assert "undone" in undone.stdout
    assert run.json("edit", "list", "tv", "--all")["edits"] == pushed

    slate = run.json("slate", "tv", GOAL.id, "--for", "5m", "--title", "Soon")
    assert "slate-" in run("moment", "remove", "tv", slate["id"], "--dry-run").stdout + slate["id"]
    assert run("moment", "remove", "tv", slate["id"]).exit_code == 0

    trail = run.json("audit", "tv")
    assert [(one["verb"], one["why"]) for one in trail[:9]] == [
        ("remove_moment", ""), ("add_slate", ""), ("undo_change", ""), ("undo_edit", ""),
        ("edit_all", "all of them"), ("edit_all", ""), ("edit_one", ""), ("edit_viewer", ""),
        ("add_moment", "kick-off of the season"),
    ]  # fmt: skip
    assert {one["who"] for one in trail[:9]} == {user()}
    assert reason_given.get() is None
    assert "kick-off of the season" in run("audit", "tv", "--count", "9").stdout


def test_what_is_mistyped_or_stale_is_told_with_its_exit_code(run: Run) -> None:
    table = [
        (("moment", "add", "tv", GOAL.id, "--at", "soon"), 2, "instant 'soon'"),
        (("moment", "add", "tv", GOAL.id, "--at", "1", "--break", "after=1"), 2, "it is after=N,length=SPAN,pool="),
        (("moment", "add", "tv", GOAL.id, "--at", "1", "--every", "often"), 2, "span 'often'"),
        (("moment", "add", "tv", GOAL.id, "--at", "1", "--every", "1m"), 2, "--every 1m: it is 5m or longer"),
        (
            ("moment", "add", "tv", GOAL.id, "--at", "1", "--break", f"after=1,length=0s,pool={SPOT.id}"),
            2, "length: span '0s': it is a second or more",
        ),
        (
            ("moment", "add", "tv", GOAL.id, "--at", "1", "--break", f"after=1,length=0,pool={SPOT.id}"),
            2, "length: span '0s': it is a second or more",
        ),
        (("moment", "show", "tv", "nope"), 4, "no moment 'nope'"),
        (("slate", "tv", GOAL.id, "--for", "5x"), 2, "span '5x'"),
        (("edit", "skip", "tv", "1"), 2, "say whose lineup: --viewer NAME, --lineup NAME or --all"),
        (("edit", "skip", "tv", "1", "--all", "--viewer", "a"), 2, "say whose lineup"),
        (("edit", "reorder", "tv", "a,b", "--viewer", "a"), 2, "order 'a,b'"),
        (("edit", "reorder", "tv", "2,1", "--all"), 2, "say --viewer NAME or --lineup NAME"),
        (("edit", "reorder", "tv", "2,1", "--lineup", "kids"), 4, "no lineup 'kids'"),
        (("edit", "skip", "tv", "1", "--all", "--version", "1"), 5, "channel 'tv' is at version 3, not 1"),
        (("undo", "tv"), 5, "a change of msn cannot be taken back"),
        (("undo", "tv", "--entry", "1-1"), 4, "no entry '1-1'"),
        (("audit", "other"), 4, "no channel 'other'"),
        (("--why", "x" * 501, "edit", "skip", "tv", "1", "--all"), 2, "why: it has 501 characters"),
    ]  # fmt: skip
    for words, code, says in table:
        failed, message = run.fails(*words)
        assert failed == code, (words, message)
        assert says in message, words
