"""Who asks, and by which scheme, as the shipped edge tells servers: what stands before it, and what is made up."""

from pathlib import Path

import httpx
import pytest

from .conftest import OnAir
from .edge import DEPLOY, edge, needs_nginx

pytestmark = [needs_nginx, pytest.mark.slow]

WATCH = "/api/v1/watch/main"
MADE_UP = {"X-Forwarded-For": "203.0.113.7"}


def test_a_cookie_is_secure_where_tls_ends_before_the_edge(on_air: OnAir) -> None:
    for told, secure in ((None, False), ("http", False), ("https", True), ("https, http", False)):
        headers = {} if told is None else {"X-Forwarded-Proto": told}
        answer = httpx.post(on_air.edge.origin + WATCH, headers=headers)
        assert answer.status_code == 200, answer.text
        assert ("; Secure" in answer.headers["set-cookie"]) is secure, told


def test_nobody_says_who_asks_but_an_ingress_that_the_edge_knows(on_air: OnAir, tmp_path: Path) -> None:
    both = on_air.servers.one, on_air.servers.two
    assert httpx.post(on_air.edge.origin + WATCH, headers=MADE_UP).status_code == 200
    assert {client for one in both for client in one.clients} == {"127.0.0.1"}
    shipped = (DEPLOY / "kubernetes" / "upstreams.conf").read_text().splitlines()
    lines = [line for line in shipped if line.startswith(("set_real_ip_from", "real_ip_header"))]
    known = "\n".join([*lines, "set_real_ip_from 127.0.0.1;", "upstream streamsync_chunks {"])
    with edge(tmp_path / "known", on_air.servers.ports, upstreams={"upstream streamsync_chunks {": known}) as front:
        assert httpx.post(front.origin + WATCH, headers=MADE_UP).status_code == 200
    assert "203.0.113.7" in {client for one in both for client in one.clients}
