"""Events through the shipped edge, a real nginx: they come as they happen."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from storage.catalogue import Catalogue
from tests.admin.listening import Site, ear, serving
from tests.stage import asset

from .edge import edge, needs_nginx

pytestmark = [needs_nginx, pytest.mark.slow]


def port(site: Site) -> int:
    return int(site.origin.rpartition(":")[2])


def test_events_come_through_the_edge_at_once(redis_url: str, tmp_path: Path) -> None:
    async def whole() -> None:
        async with (
            Catalogue.connect(redis_url) as catalogue,
            serving(redis_url, tmp_path) as one,
            serving(redis_url, tmp_path) as other,
        ):
            with edge(tmp_path / "edge", (port(one), port(other))) as front:
                async with ear(replace(one, origin=front.origin)) as heard:
                    await heard.until("hello")
                    await catalogue.index_asset(asset(1))
                    await heard.until("asset", name=asset(1).id)

    asyncio.run(whole())
