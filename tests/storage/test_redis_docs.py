"""docs/redis.md held to the code: its table of keys, and the rights that it says are enough."""

import asyncio
import re
from pathlib import Path

import pytest
from dramatiq import Message
from dramatiq.brokers.redis import RedisBroker

from storage import keys
from storage.account_records import AccountRecord, SessionRecord
from storage.analytics import Analytics, Counted
from storage.catalogue import Catalogue
from storage.metadata import AssetMetadata
from storage.records import ViewerRecord
from storage.redis_clients import synchronous
from storage.token_record import TokenRecord
from tests.redis_servers import Server, cluster, cluster_url, server
from tests.storage.catalogues import ASSET, LINEUP, MAIN

PAGE = (Path(__file__).parents[2] / "docs" / "redis.md").read_text()
TOKEN = TokenRecord(id="0" * 16, scope="read", digest="0" * 64, created_ms=0)
ACCOUNT = AccountRecord(name="ann", role="viewer", seal="0" * 16, created_ms=0)
SESSION = SessionRecord(account="ann", seal="0" * 16, idle_ms=1, ends_ms=1)
ACL = re.search(r"^ACL SETUSER .*$", PAGE, re.MULTILINE)


def test_every_key_is_in_the_table() -> None:
    table = {row.replace("CHANNEL", "main") for row in re.findall(r"^\| `(streamsync:\S+?)` \|", PAGE, re.MULTILINE)}
    of_channel = {key("main") for key in (keys.channel_key, keys.viewers_key, keys.lineups_key, keys.changes_key)}
    of_channel |= {keys.audit_key("main")}
    of_channel |= {keys.profiles_key("main", 0x1234).replace("12", "GROUP").replace("34", "SHARD")}
    of_channel |= {keys.planning_key("main", 1, 2).replace("1:2", "VERSION:UNIT")}
    of_channel |= {keys.analytics_key("main", 1, 2).replace("1:2", "SPAN:SINCE")}
    of_channel |= {keys.audience_key("main", 1).replace(":1", ":SINCE"), keys.counted_key("main", "MARK")}
    others = {
        keys.AUDIENCES,
        keys.AUDIENCE_SEED,
        keys.ASSET_INDEX,
        keys.ASSET_STATES,
        keys.ASSET_METADATA,
        keys.CHANNEL_INDEX,
        keys.PROGRAMMED,
        keys.CHANGES,
        keys.EVENTS,
        *keys.beat_keys("servers"),
        *keys.beat_keys("workers"),
        keys.changes_key(keys.ALL_ASSETS),
        keys.answer_key("DIGEST"),
        keys.TOKENS,
        keys.VIEWER_KEY,
        keys.changes_key(keys.ALL_TOKENS),
        keys.WEBHOOKS,
        keys.changes_key(keys.ALL_WEBHOOKS),
        f"{keys.WEBHOOK_PREFIX}...",
        keys.ACCOUNTS,
        keys.changes_key(keys.ALL_ACCOUNTS),
        keys.audit_key(keys.ALL_ACCOUNTS),
        keys.SIGNING,
    }
    others |= {
        of("DIGEST") for of in (keys.session_key, keys.link_key, keys.taken_key, keys.attempts_key, keys.known_key)
    }
    jobs = {f"{keys.TICKETS}..."}
    assert table == of_channel | others | jobs
    queue = (keys.JOB_INDEX, keys.PENDING, keys.LEASES, keys.JOB_PREFIX, keys.SWEPT, keys.JOB_FAILURES)
    assert all(key.startswith(keys.TICKETS) for key in queue)


async def _everything(url: str) -> None:
    async with Catalogue.connect(url, replicas=0) as catalogue:
        await catalogue.ping()
        await catalogue.redis_ms("main")
        await catalogue.create_channel(MAIN)
        await catalogue.replace_channel(MAIN.model_copy(update={"version": 2}))
        await catalogue.create_lineup("main", LINEUP)
        await catalogue.put_viewer("main", ViewerRecord(name="ann"))
        await catalogue.index_asset(ASSET)
        await catalogue.put_asset_state(ASSET.id, "retired")
        await catalogue.metadata.store(AssetMetadata(asset=ASSET.id, version=1))
        await catalogue.metadata.store(AssetMetadata(asset=ASSET.id, version=2))
        assert [one.version async for one in catalogue.metadata.everything()] == [2]
        await catalogue.tokens.create(TOKEN)
        assert (await catalogue.tokens.token(TOKEN.id), await catalogue.tokens.count()) == (TOKEN, 1)
        await catalogue.tokens.remove(TOKEN.id)
        assert await catalogue.tokens.tokens() == []
        assert await catalogue.webhooks.lead("me", 1000)
        await catalogue.webhooks.see({"looked_ms": "1"})
        assert await catalogue.webhooks.claim("me") is None
        analytics = Analytics(catalogue.link)
        await analytics.add(Counted("main", 1_800_000_000, [await analytics.seed()], {"n": 1}, {}), 90)
        assert await analytics.close("main", 1_800_000_000, 90, 4) == (1, True)
        assert await analytics.present("main", 1_800_000_000, 4) == 1
        assert (await analytics.buckets("main", 60, [1_800_000_000]))[0]["n"] == 1
        await analytics.seen(["main"], 1_800_000_000)
        assert await analytics.with_audience(1_800_000_000, 5) == ["main"]
        assert await analytics.existing(["main", "other"]) == {"main"}
        assert await analytics.assets([ASSET.id]) == {ASSET.id}
        await _signed_in(catalogue)
        await catalogue.turn(1)
        assert await catalogue.asset_states() == {ASSET.id: "retired"}
        assert await catalogue.assets() == [ASSET]
        assert len(await catalogue.channels()) == 1
        assert len((await catalogue.changes("main", "")).entries) == 4
        words = asyncio.ensure_future(anext(catalogue.listen()))
        while not words.done():
            await catalogue.unindex_asset(ASSET.id)
            await catalogue.index_asset(ASSET)
            await asyncio.sleep(0.01)
        assert words.result() in (keys.ALL_ASSETS, MAIN.name)  # a word takes its time through a cluster


async def _signed_in(catalogue: Catalogue) -> None:
    await catalogue.accounts.create(ACCOUNT)
    await catalogue.accounts.change(ACCOUNT, ACCOUNT.model_copy(update={"role": "editor"}), "")
    await catalogue.sessions.begin("s", SESSION, 1000)
    await catalogue.sessions.attempt("somebody", 1000)
    await catalogue.sessions.refund("somebody")
    assert await catalogue.sessions.take("code", "mark", 1000)


def _with_the_rights(nodes: list[Server], url: str) -> None:
    assert ACL
    for node in nodes:
        node.ask(*ACL[0].split())
        node.ask("ACL", "SETUSER", "default", "off")
    url = url.replace("://", "://streamsync:PASSWORD@")
    asyncio.run(_everything(url))
    client = synchronous(url)
    broker = RedisBroker(client=client, namespace=keys.TICKETS, maintenance_chance=1_000_000)  # type: ignore[no-untyped-call]
    broker.declare_queue("q")
    broker.enqueue(Message(queue_name="q", actor_name="a", args=(), kwargs={}, options={}))
    assert broker.do_qsize("q") == 1
    client.close()


def test_the_rights_in_the_docs_are_enough(tmp_path: Path) -> None:
    with server(tmp_path) as one:
        _with_the_rights([one], one.url)


@pytest.mark.slow
def test_they_are_enough_for_a_cluster(tmp_path: Path) -> None:
    with cluster(tmp_path) as nodes:
        _with_the_rights(nodes, cluster_url(nodes))
