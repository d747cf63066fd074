"""The first owner, from the link that `up` prints: signing in, and accounts by the command line."""

import hashlib
import re
import signal

import httpx
import pytest

from .conftest import Films
from .program import Machine

pytestmark = pytest.mark.slow

PASSWORD = "correct horse battery"  # noqa: S105


def test_the_link_that_up_prints_makes_the_first_owner_once(stocked: Machine, films: Films) -> None:
    session = f"{stocked.origin}/api/v1/session"
    with stocked.running("up", films.one) as up:
        [code] = re.findall(r"/admin/link#([0-9a-f]{64})$", up.out, re.MULTILINE)
        assert httpx.get(f"{session}/options").json() == {"password": True, "setup": True, "oidc": None}
        told = httpx.post(f"{session}/link/check", json={"link": code}).json()
        assert (told["kind"], told["name"]) == ("setup", None)
        with httpx.Client() as browser:
            answer = browser.post(f"{session}/link", json={"link": code, "name": "Ann", "password": PASSWORD})
            assert (answer.status_code, answer.json()["role"], answer.json()["name"]) == (200, "owner", "ann")
            csrf = {"X-CSRF-Token": answer.json()["csrf"]}
            made = browser.post(
                f"{stocked.origin}/api/v1/accounts", json={"name": "bob", "role": "viewer"}, headers=csrf
            )
            assert (made.status_code, made.json()["account"]["state"]) == (201, "invited")
            wish = {"name": "a.mp4", "size_bytes": 1000, "fingerprint": "5f" * 32}
            upload = browser.post(f"{stocked.origin}/api/v1/uploads", json=wish, headers=csrf)
            assert upload.status_code in {200, 201}, upload.text
            # And with nothing but the account, its parts.
            part = {"number": 1, "md5": hashlib.md5(bytes(1000), usedforsecurity=False).hexdigest()}
            there = f"{stocked.origin}/api/v1/uploads/{upload.json()['id']}/parts"
            targets = browser.post(there, json={"parts": [part]}, headers=csrf)
            assert targets.status_code == 200, targets.text
            [target] = targets.json()["parts"]
            put = httpx.put(f"{stocked.origin}{target['url']}", content=bytes(1000), headers=target["headers"])
            assert put.is_success, put.text
        again = httpx.post(f"{session}/link", json={"link": code, "name": "eve", "password": PASSWORD})
        assert again.status_code == 404
        assert httpx.get(f"{session}/options").json()["setup"] is False
        assert up.stop(signal.SIGINT) == 0
    assert PASSWORD not in up.out + up.err
    with stocked.running("up") as up:
        assert "/admin/link" not in up.out
        assert httpx.post(session, json={"name": "ann", "password": PASSWORD}).status_code == 200


def test_the_command_line_makes_lists_changes_and_removes_accounts(empty: Machine) -> None:
    made = empty.run("admin", "create", "ann")
    assert made.returncode == 0, made.stderr
    assert re.fullmatch(rf"{empty.origin}/admin/link#[0-9a-f]{{64}}\n", made.stdout)
    assert empty.run("admin", "create", "ann").returncode == 5
    for words, code, says in (
        (("create", "a b"), 2, "account 'a b': a name is 1 to 64"),
        (("create", "x" * 65), 2, "a name is"),
        (("role", "nobody", "viewer"), 4, "no account 'nobody'"),
        (("remove", "nobody"), 4, "no account 'nobody'"),
        (("link", "nobody"), 4, "no account 'nobody'"),
        (("create", "bob", "--role", "king"), 2, "king"),
        (("create", "bob", "--password"), 2, "standard input has none"),
    ):
        done = empty.run("admin", *words)
        assert (done.returncode, says in done.stderr) == (code, True), done.stderr
    assert empty.json("admin", "create", "bob", "--role", "editor")["account"]["role"] == "editor"
    assert empty.run("admin", "role", "bob", "viewer").stderr == "account bob: viewer, invited\n"
    assert empty.run("admin", "disable", "bob").stderr == "account bob: viewer, disabled\n"
    assert empty.run("admin", "enable", "bob").returncode == 0
    assert [(one["name"], one["role"]) for one in empty.json("admin", "list")] == [
        ("ann", "owner"),
        ("bob", "viewer"),
    ]
    assert empty.run("admin", "remove", "bob").returncode == 0
    texts = [one["text"] for one in empty.json("audit")]
    assert texts[0] == "account bob taken away"
    assert texts[-1] == "account ann made: owner"
