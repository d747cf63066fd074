"""Webhooks in a backup: with their secrets, so that what is sent goes on being signed."""

import pytest

from storage.catalogue import Catalogue
from storage.errors import Conflict
from storage.webhook_records import WebhookRecord
from tests.storage.backups import backup, flush, restored
from tests.storage.catalogues import told

HOOK = WebhookRecord(
    id="0" * 16, created_ms=1, told_from_ms=1, url="https://hooks.example/", events=("asset.ready",), channel="main",
    description="archive", secret="whsec_YQ==", secret_before="whsec_Yg==", before_until_ms=5,  # noqa: S106
)  # fmt: skip
OTHER = HOOK.model_copy(update={"id": "1" * 16, "version": 7, "enabled": False, "stopped": "it answered 410: gone"})


async def hooked(catalogue: Catalogue) -> None:
    await catalogue.webhooks.create(HOOK)
    await catalogue.webhooks.create(OTHER)


async def found(catalogue: Catalogue) -> list[WebhookRecord]:
    return await catalogue.webhooks.webhooks()


def test_webhooks_come_back_and_others_go(redis_url: str) -> None:
    told(redis_url, hooked)
    stored = backup(redis_url)
    flush(redis_url)
    third = HOOK.model_copy(update={"id": "2" * 16})

    async def another(catalogue: Catalogue) -> None:
        await catalogue.webhooks.create(third)
        await catalogue.webhooks.note("evt_1", "test", "{}", [third.id])

    told(redis_url, another)
    with pytest.raises(Conflict, match=r"the catalogue is not empty \(webhooks: 1\): --replace removes"):
        restored(redis_url, stored)
    assert told(redis_url, found) == [third]
    assert restored(redis_url, stored, replace=True) == 2
    assert told(redis_url, found) == [HOOK, OTHER]

    async def left(catalogue: Catalogue) -> int:
        return len(await catalogue.webhooks.deliveries(third.id))

    assert told(redis_url, left) == 0
