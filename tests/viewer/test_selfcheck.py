"""A server without the fast lane serves, where uvicorn is not what the lane stands on."""

import logging

import pytest

from manifest_server.viewer.fastlane import Fastlane
from manifest_server.viewer.protocol import BoundedProtocol
from manifest_server.viewer.selfcheck import protocol


def test_the_lane_fits_the_uvicorn_that_is_installed() -> None:
    assert protocol() is Fastlane


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("_unset_keepalive_if_required", lambda _: None),
        ("on_response_complete", lambda _: None),
        ("connection_made", lambda *_: None),
        ("data_received", lambda *_: None),
    ],
)
def test_another_uvicorn_is_served_with_without_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, name: str, wrong: object
) -> None:
    monkeypatch.setattr(f"uvicorn.protocols.http.httptools_impl.HttpToolsProtocol.{name}", wrong)
    with caplog.at_level(logging.WARNING, "streamsync.fastlane"):
        assert protocol() is BoundedProtocol
    assert "event=no_fast_lane uvicorn=" in caplog.text
