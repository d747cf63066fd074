"""Tokens on a real server: made by the command line, used through the API, issued as docs/tokens.md says."""

import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator

import httpx
import pytest

from .program import PROJECT, Machine
from .watching import ask

pytestmark = pytest.mark.slow

PAGE = (PROJECT / "docs" / "tokens.md").read_text()
KEYS = "first:first-secret-of-thirty-two-bytes-or-more,old:older-secret-of-thirty-two-bytes-or-more"
NOTICED_S = 10.0  # 3 s for a revoked token, 2 s for a channel; the rest is for a busy machine


@pytest.fixture
def house(stocked: Machine) -> Iterator[Machine]:
    """A machine with a channel on air that is watched with tokens, and a server without an owner's token."""
    for words in (("create", "main"), ("start", "main"), ("access", "main", "token")):
        done = stocked.run("channel", *words)
        assert done.returncode == 0, done.stderr
    with stocked.running("serve", ready="serving on", STREAMSYNC_PLAYBACK_KEYS=KEYS) as server:
        yield stocked
    assert "sst_" not in server.out + server.err
    assert "eyJ" not in server.out + server.err


def until(url: str, status: int, **headers: str) -> httpx.Response:
    """The answer, once it has this status."""
    deadline = time.monotonic() + NOTICED_S
    while (answer := ask(url, **headers)).status_code != status:
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.1)  # nobody tells
    return answer


def made(machine: Machine, *words: str) -> str:
    """A token as a script takes it from the command line."""
    done = machine.run("token", *words, STREAMSYNC_PLAYBACK_KEYS=KEYS)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == 1
    return done.stdout.strip()


def fence(language: str) -> str:
    """The one example of the page in this language."""
    [found] = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    return str(found)


def printed(machine: Machine, *argv: str) -> str:
    """What an operator's own backend prints."""
    environment = machine.environment(STREAMSYNC_PLAYBACK_KEYS=KEYS)
    done = subprocess.run(argv, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()


def test_machine_tokens_open_the_api_by_their_scope_until_they_are_revoked(house: Machine) -> None:
    api = f"{house.origin}/api/v1"
    tokens = {scope: made(house, "create", "--scope", scope, "--name", "ci") for scope in ("read", "edit", "own")}
    asked = {scope: {"Authorization": f"Bearer {token}"} for scope, token in tokens.items()}
    assert ask(f"{api}/channels").status_code == 401
    for scope, token in tokens.items():
        assert ask(f"{api}/channels", **asked[scope]).json()["channels"][0]["name"] == "main"
        wish = {"scope": "read", "expires": "1h"}
        allowed = httpx.post(f"{api}/tokens", headers=asked[scope], json=wish).status_code
        assert allowed == (201 if scope == "own" else 403)
        remote = {"STREAMSYNC_SERVER": house.origin, "STREAMSYNC_TOKEN": token}
        closed = house.run("channel", "access", "main", "token", **remote)
        assert closed.returncode == (2 if scope == "read" else 0), closed.stderr
        assert ("may not do that" in closed.stderr) == (scope == "read")
    listed = house.json("token", "list")
    assert sorted(one["scope"] for one in listed) == ["edit", "own", "read", "read"]
    assert not any(token.rpartition("_")[2] in json.dumps(listed) for token in tokens.values())
    edit_id = tokens["edit"].split("_")[1]
    assert house.run("token", "revoke", edit_id).returncode == 0
    until(f"{api}/channels", 401, **asked["edit"])
    assert ask(f"{api}/channels", **asked["read"]).status_code == 200
    again = house.run("token", "revoke", edit_id)
    assert (again.returncode, again.stderr) == (4, f"error: no token '{edit_id}'\n")


@pytest.mark.parametrize("issuer", ["command line", "python", "shell"])
def test_a_viewer_with_a_token_watches_and_nobody_else_does(house: Machine, issuer: str) -> None:
    personal = f"{house.origin}/live/main/alice/index.m3u8"
    if issuer == "command line":
        token = made(house, "playback", "main", "alice", "--expires", "1h")
    elif issuer == "python":
        token = printed(house, sys.executable, "-c", fence("python"))
    else:
        if not (shutil.which("bash") and shutil.which("openssl")):
            pytest.skip("not installed: bash, or openssl")
        token = printed(house, "bash", "-euo", "pipefail", "-c", fence("sh"))
    assert ask(personal).status_code == 401
    assert ask(f"{personal}?t={token[:-2]}").status_code == 403
    assert ask(personal.replace("alice", "bob") + f"?t={token}").status_code == 403
    answer = ask(f"{personal}?t={token}")
    assert answer.status_code == 200, answer.text
    urls = [str(answer.url.join(uri)) for uri in re.findall(r'[^"\n]+\.m3u8\?t=[^"\n]+', answer.text)]
    for url in urls:
        listed = ask(url)
        assert listed.status_code == 200
        assert ask(url.partition("?")[0]).status_code == 401
        [segment, *_] = re.findall(r"^[^#\n].*$", listed.text, re.MULTILINE)
        assert ask(str(listed.url.join(segment))).status_code == 200
    assert len(urls) >= 2


def test_a_channel_is_opened_while_it_is_on_air(house: Machine) -> None:
    personal = f"{house.origin}/live/main/alice/index.m3u8"
    assert ask(personal).status_code == 401
    opened = house.run("channel", "access", "main", "public")
    assert (opened.returncode, "by anybody" in opened.stdout) == (0, True)
    assert "?t=" not in until(personal, 200).text


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("token", "create", "--scope", "all"), 2, "scope: "),
        (("token", "create", "--scope", "read", "--expires", "soon"), 2, "span 'soon'"),
        (("token", "revoke", "sst_x"), 2, "16 hexadecimal digits"),
        (("token", "playback", "main", "a/b"), 2, "viewer 'a/b'"),
        (("token", "playback", "main", "alice", "--expires", "31d"), 2, "at most 30 days"),
        (("token", "playback", "other", "alice"), 4, "no channel 'other'"),
        (("channel", "access", "other", "token"), 4, "no channel 'other'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_is_said(stocked: Machine, words: tuple[str, ...], code: int, says: str) -> None:
    assert stocked.run("channel", "create", "main").returncode == 0
    done = stocked.run(*words, STREAMSYNC_PLAYBACK_KEYS=KEYS)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (code, "", 1), done.stderr
    assert says in done.stderr


def test_bad_keys_are_told_before_anything_is_served(empty: Machine) -> None:
    done = empty.run("serve", STREAMSYNC_PLAYBACK_KEYS="first:short-secret")
    assert (done.returncode, done.stdout) == (2, "")
    assert "STREAMSYNC_PLAYBACK_KEYS: the secret of key 'first' is shorter than 32 bytes" in done.stderr
    assert "short-secret" not in done.stderr


def test_the_page_names_what_there_is() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)`", PAGE)
    assert "tests/journeys/test_tokens.py" in named
    assert [path for path in named if not (PROJECT / path).exists()] == []
