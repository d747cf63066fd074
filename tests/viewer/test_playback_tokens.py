"""Playback tokens: what counts as one, and what does not."""

import json
import math
from base64 import urlsafe_b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from starlette.exceptions import HTTPException

from manifest_server.viewer.playback_tokens import Claims, Keyring
from storage.errors import BadInput, Conflict
from tests.viewer.playback import KEYS, NOW_S, OLD, SECRET, by_public_text, part, token, unsigned

KEYRING = Keyring.of(SecretStr(KEYS))
NOW_MS = NOW_S * 1000
NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", fullmatch=True)


def opened(*tokens: str, channel: str = "main", now_ms: int = NOW_MS, keyring: Keyring = KEYRING) -> Claims:
    return keyring.claims(list(tokens), channel, now_ms)


def refusal(*tokens: str, channel: str = "main", now_ms: int = NOW_MS, keyring: Keyring = KEYRING) -> tuple[int, str]:
    with pytest.raises(HTTPException) as error:
        opened(*tokens, channel=channel, now_ms=now_ms, keyring=keyring)
    return error.value.status_code, error.value.detail


def test_a_token_that_others_made_says_who_may_watch_what() -> None:
    found = opened(token({"jti": "7", "name": "Alice \u00c5", "roles": ["x"]}))
    assert (found.channel, found.viewer, found.lineup, found.kid) == ("main", "alice", None, "new")
    assert (found.issued_s, found.expires_s) == (NOW_S, NOW_S + 3600)


@given(NAMES, NAMES, st.integers(1, 30 * 86_400), st.integers(0, 2**40))
def test_what_is_issued_counts_from_then_until_it_ends(channel: str, viewer: str, lasts_s: int, now_ms: int) -> None:
    made = KEYRING.issued(channel, viewer, now_ms, lasts_s * 1000)
    end_ms = (now_ms // 1000 + lasts_s) * 1000
    for at_ms in (now_ms, end_ms - 1):
        assert opened(made, channel=channel, now_ms=at_ms).viewer == viewer
    assert refusal(made, channel=channel, now_ms=end_ms) == (403, "this playback token has expired")
    assert len(made) < 512


def test_what_is_issued_is_a_plain_jwt() -> None:
    head, said, _ = KEYRING.issued("main", "alice", NOW_MS + 999, 3_600_000).split(".")
    assert json.loads(urlsafe_b64decode(head + "==")) == {"alg": "HS256", "kid": "new", "typ": "JWT"}
    claims = {"aud": "main", "sub": "alice", "iat": 1_767_225_700, "exp": 1_767_229_300}
    assert json.loads(urlsafe_b64decode(said + "==")) == claims


NONE = "this is no playback token of this server"
FOREIGN = "this playback token is for another channel, viewer or lineup"


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (unsigned(), NONE),
        (unsigned("None"), NONE),
        (unsigned("HS256"), NONE),
        (token()[:-1], NONE),
        (token()[:40], NONE),
        (token().rpartition(".")[0], NONE),
        (token(header={"alg": "HS512"}), NONE),
        (token(header={"alg": "HS512"}, digest="sha512"), NONE),
        (token(header={"alg": "RS256"}), NONE),
        (token(header={"alg": None}), NONE),
        (token(secret=SECRET.upper()), NONE),
        (token(secret=""), NONE),
        (by_public_text(), NONE),
        (token(header={"kid": "old"}), NONE),
        (token(secret=OLD), NONE),
        (token(header={"kid": None}), NONE),
        (token(header={"kid": "other"}), NONE),
        (token(header={"kid": ["new"]}), NONE),
        (token(header={"kid": "../../etc/passwd"}), NONE),
        (token(header={"crit": ["x"], "x": 1}), NONE),
        (token(header={"b64": False, "crit": ["b64"]}), NONE),
        (token(header={"jwk": {"kty": "oct", "k": "AAAA"}, "kid": None}), NONE),
        (token({"exp": None}), NONE),
        (token({"iat": None}), NONE),
        (token({"sub": None}), NONE),
        (token({"aud": None}), NONE),
        (token({"exp": str(NOW_S + 60)}), NONE),
        (token({"exp": True}), NONE),
        (token({"exp": math.inf}), NONE),
        (token({"exp": math.nan}), NONE),
        (token({"exp": 10**400}), NONE),
        (token({"iat": -1}), NONE),
        (token({"aud": ["main"]}), NONE),
        (token({"sub": 7}), NONE),
        (token({"sub": "a/b"}), NONE),
        (token({"sub": ""}), NONE),
        (token({"sub": "\u00e5sa"}), NONE),
        (token({"sub": "x" * 65}), NONE),
        (token({"aud": "other"}), FOREIGN),
        (token({"aud": "Main"}), FOREIGN),
        (token({"aud": ""}), FOREIGN),
        (token({"exp": NOW_S}), "this playback token has expired"),
        (token({"iat": NOW_S - 60, "exp": NOW_S - 1}), "this playback token has expired"),
        (token({"iat": NOW_S + 4}), "this playback token does not count yet: is its issuer's clock ahead?"),
        (token({"nbf": NOW_S + 4}), "this playback token does not count yet: is its issuer's clock ahead?"),
        (token({"exp": NOW_S + 30 * 86_400 + 1}), "this playback token lasts longer than 30 days"),
        (token() + "=", NONE),
        (token() + "\n", NONE),
        (" " + token(), NONE),
        (f"{part([])}.{part([])}.AAAA", NONE),
        ("..", NONE),
        ("a.b.c", NONE),
        ("x", NONE),
        ("\u00e5.\u00e5.\u00e5", NONE),
        ("\ud800", NONE),
        ("A" * 10_240, NONE),
        (token({"more": "x" * 10_240}), NONE),
        ("[" * 900, NONE),
        (f"{part('x' * 3)}.{'W' * 400}.AAAA", NONE),
    ],
)  # fmt: skip
def test_any_other_token_is_refused(given: str, why: str) -> None:
    assert refusal(given) == (403, why)


@pytest.mark.parametrize("tokens", [(), ("",)])
def test_without_a_token_it_is_said_what_is_missing(tokens: tuple[str, ...]) -> None:
    assert refusal(*tokens) == (401, "channel 'main' is watched with a playback token: ?t=TOKEN")


def test_of_two_tokens_none_counts() -> None:
    assert refusal(token(), token({"sub": "bob"}))[0] == 403
    assert refusal("", token())[0] == 403


def test_an_end_counts_to_the_millisecond_and_a_beginning_with_three_seconds_of_leeway() -> None:
    made = token({"iat": NOW_S + 3, "exp": NOW_S + 10})
    assert opened(made, now_ms=NOW_MS).viewer == "alice"
    assert opened(made, now_ms=NOW_MS + 9_999).viewer == "alice"
    assert refusal(made, now_ms=NOW_MS - 1)[0] == 403
    assert refusal(made, now_ms=NOW_MS + 10_000) == (403, "this playback token has expired")
    half = token({"iat": NOW_S - 0.5, "exp": NOW_S + 0.5})
    assert opened(half, now_ms=NOW_MS + 499).viewer == "alice"
    assert refusal(half, now_ms=NOW_MS + 500)[0] == 403


def test_a_token_that_counted_once_still_ends() -> None:
    """Signatures are remembered; time is not."""
    keyring = Keyring.of(SecretStr(KEYS))
    made = keyring.issued("main", "alice", NOW_MS, 2000)
    assert opened(made, keyring=keyring) == opened(made, keyring=keyring)
    assert refusal(made, keyring=keyring, now_ms=NOW_MS + 2000) == (403, "this playback token has expired")
    assert refusal(made, keyring=keyring, channel="other") == (403, FOREIGN)


@given(st.text(max_size=60) | st.from_regex(r"[A-Za-z0-9_.-]{0,200}"))
def test_no_text_is_a_token_by_chance(text: str) -> None:
    assert refusal(text)[0] == (403 if text else 401)


@given(st.data())
def test_no_changed_letter_goes_unseen(data: st.DataObject) -> None:
    good = token()
    place = data.draw(st.integers(0, len(good) - 1))
    letter = data.draw(st.sampled_from("ABCxyz019-_.").filter(lambda one: one != good[place]))
    assert refusal(good[:place] + letter + good[place + 1 :])[0] == 403


def test_keys_are_rotated_without_a_break() -> None:
    before = Keyring.of(SecretStr(f"old:{OLD}"))
    both = Keyring.of(SecretStr(f"new:{SECRET},old:{OLD}"))
    after = Keyring.of(SecretStr(f"new:{SECRET}"))
    old, new = before.issued("main", "alice", NOW_MS, 60_000), both.issued("main", "alice", NOW_MS, 60_000)
    assert opened(old, keyring=both).kid == "old"
    assert opened(new, keyring=after).kid == "new"
    assert refusal(old, keyring=after) == (403, NONE)
    assert refusal(new, keyring=before) == (403, NONE)
    # What a playlist leads to ends with what it was asked with, whichever key is the first.
    claims = opened(old, keyring=both)
    assert both.narrowed(claims, "kids") == before.narrowed(opened(old, keyring=before), "kids")


def test_the_token_for_a_lineup_says_so_and_ends_with_the_other() -> None:
    found = opened(KEYRING.narrowed(opened(token()), "kids"))
    assert (found.lineup, found.viewer, found.expires_s) == ("kids", "alice", NOW_S + 3600)


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ("secret", "key 1 is not KID:SECRET"),
        (f"new:{SECRET},", "key 2 is not KID:SECRET"),
        (f":{SECRET}", "key 1 is not KID:SECRET"),
        (f"new:{SECRET} {SECRET}", "key 1 is not KID:SECRET"),
        (f"new:{'å' * 32}", "key 1 is not KID:SECRET"),
        (f"n/w:{SECRET}", "key 1 is not KID:SECRET"),
        (f"new:{'x' * 31}", "the secret of key 'new' is shorter than 32 bytes"),
        (f"new:{SECRET},new:{OLD}", "two keys are called 'new'"),
        (f"new:ssh-rsa{SECRET}", "the secret of key 'new' looks like a public key"),
    ],
)
def test_a_bad_key_is_told_without_its_secret(keys: str, says: str) -> None:
    with pytest.raises(BadInput) as error:
        Keyring.of(SecretStr(keys))
    assert str(error.value).startswith(f"STREAMSYNC_PLAYBACK_KEYS: {says}")
    assert SECRET not in str(error.value)


def test_without_keys_nothing_is_issued_and_nothing_opens() -> None:
    for empty in (Keyring(), Keyring.of(None)):
        with pytest.raises(Conflict, match="no key to sign with: set STREAMSYNC_PLAYBACK_KEYS"):
            empty.issued("main", "alice", NOW_MS, 1000)
        assert refusal(token(), keyring=empty) == (403, NONE)
        assert refusal(unsigned(), keyring=empty) == (403, NONE)


@pytest.mark.parametrize(
    ("channel", "viewer", "lasts_ms"),
    [("a/b", "alice", 1000), ("main", "a b", 1000), ("main", "alice", 999), ("main", "alice", 30 * 86_400_000 + 1)],
)
def test_what_cannot_be_issued_is_said(channel: str, viewer: str, lasts_ms: int) -> None:
    with pytest.raises(BadInput):
        KEYRING.issued(channel, viewer, NOW_MS, lasts_ms)
