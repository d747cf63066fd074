"""Webhooks from the command line: added, changed, tried out, removed; and what it refuses."""

from pathlib import Path

import pytest

from tests.admin.command_line import Run

URL = "https://hooks.example/tv"


@pytest.fixture
def run(redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    for name, value in {"REDIS_URL": redis_url, "DATA": str(tmp_path)}.items():
        monkeypatch.setenv(f"STREAMSYNC_{name}", value)
    return Run("webhook")


@pytest.mark.slow
def test_the_life_of_a_webhook(run: Run) -> None:
    added = run("add", URL, "--event", "moment.reached", "--event", "asset.ready", "--channel", "main")
    secret = added.stdout.strip()
    assert secret.startswith("whsec_")
    [one] = run.json("list")
    hook = one["id"]
    assert (one["events"], one["channel"]) == (["asset.ready", "moment.reached"], "main")
    assert secret not in run("list").output + run("show", hook).output
    changed = run.json("edit", hook, "--channel", "", "--description", "all of it")
    assert (changed["channel"], changed["description"], changed["url"]) == (None, "all of it", URL)
    assert "old secret signs until" not in run("show", hook).stdout
    rotated = run.json("rotate", hook)
    assert rotated["secret"] != secret
    assert "old secret signs until" in run("show", hook).stdout
    assert run("deliveries", hook).stdout == ""
    queued = run.json("test", hook)
    assert (queued["type"], queued["state"]) == ("test", "waiting")
    assert [each["event"] for each in run.json("deliveries", hook)] == [queued["event"]]
    assert queued["event"] in run("deliveries", hook).stdout
    assert run.json("redeliver", hook, queued["event"]) == {**queued, "next": run.json("deliveries", hook)[0]["next"]}
    run("edit", hook, "--disable")
    assert "disabled" in run("list").stdout
    assert run.fails("test", hook) == (5, f"webhook '{hook}' is disabled: enable it first")
    assert run("remove", hook).exit_code == 0
    assert run.fails("show", hook) == (4, f"no webhook '{hook}'")


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("add", URL), "--event: say what it is to be told of"),
        (("add", URL, "--event", "lunch"), "events.0: "),
        (("add", "http://hooks.example/", "--event", "asset.ready"), "url: it is https://; "),
        (("show", "main"), "a webhook's id is 16 hexadecimal digits"),
        (("edit", "0" * 16), "say what to change: "),
        (("redeliver", "0" * 16, "evt"), "an event's id is evt_ and 32 hexadecimal digits"),
    ],
)
def test_what_is_no_webhook_is_refused(run: Run, words: tuple[str, ...], error: str) -> None:
    code, said = run.fails(*words)
    assert code == 2
    assert said.startswith(error)
