"""A player that is not here skips its test, by name and with the reason."""

from collections.abc import Iterator

import pytest

from .available import missing, require


@pytest.fixture(autouse=True)
def _asked_anew() -> Iterator[None]:
    missing.cache_clear()
    yield
    missing.cache_clear()


@pytest.mark.parametrize(("player", "reason"), [("ffmpeg", "no ffmpeg on PATH"), ("hlsjs", "no chromium on PATH")])
def test_a_missing_player_is_named_with_the_reason(player: str, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(pytest.skip.Exception, match=f"{player}: {reason}"):
        require(player)


def test_an_unknown_player_is_an_error_and_not_a_skip() -> None:
    with pytest.raises(KeyError):
        require("quicktime")
