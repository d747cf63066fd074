"""Why, for viewers who were planned for, or who share a lineup: by the API, over real records and objects."""

from pathlib import Path

import httpx

from manifest_server.admin import actions
from storage.catalogue import Catalogue
from storage.clips import ClipRecord
from storage.cohort_records import Cohorts
from storage.folder_objects import FolderObjects
from storage.settings import Settings
from tests.admin.planned import planned, staged
from tests.admin.test_explain import check
from tests.stage import EPOCH_MS, visited

TOKEN = "t" * 32
AUTHORITY = {"Authorization": f"Bearer {TOKEN}"}


def test_what_was_planned_is_explained_and_listed(redis_url: str, tmp_path: Path) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await staged(catalogue)
        plan = await planned(catalogue, FolderObjects(Settings(data=tmp_path).objects_root))
        # A clip that began before may last eight minutes more.
        at_ms = EPOCH_MS + plan.tick // 90 + 600_000
        at = {"at": f"{at_ms / 1000:.3f}"}
        place = "/api/v1/channels/main/viewers"
        known = (await client.get(f"{place}/v1/explain", params=at, headers=AUTHORITY)).json()
        assert (known["lineup_kind"], known["reason"]["kind"]) == ("planned", "planned")
        assert known["reason"]["plan"] == plan.version
        url = f"/live/main/lineups/{known['playlist']['lineup']}/{known['playlist']['rendition']}.m3u8"
        given = await client.get(url, params=at)
        assert given.text == known["playlist"]["text"]
        check(known, given.text, at_ms)
        stranger = (await client.get(f"{place}/nobody/explain", params=at, headers=AUTHORITY)).json()
        assert (stranger["lineup_kind"], stranger["reason"]["kind"]) == ("derived", "drawn")
        span = {"from": at["at"], "until": f"{at_ms / 1000 + 3600:.3f}"}
        guide = (await client.get(f"{place}/v1/epg", params=span, headers=AUTHORITY)).json()
        assert guide["entries"][0]["asset"] == known["on_air"]["asset"]
        assert [one["asset"] for one in known["next"]] == [one["asset"] for one in guide["entries"][1:6]]
        seen = (await client.get(f"{place}/v1/preview", params={**at, "count": 6}, headers=AUTHORITY)).json()
        assert seen["airings"] == [known["on_air"], *known["next"]]

    visited(redis_url, story, data=tmp_path, token=TOKEN, preview=True)


def test_who_shares_a_lineup_with_a_cohort_is_told(redis_url: str, tmp_path: Path) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        channel = await staged(catalogue, assets=3, viewers=0)
        clip = ClipRecord(asset=channel.revisions[0].assets[0])
        await actions.give_lineup(catalogue, "main", "rest", [clip], repeats=True, clock=lambda: 0)
        channel = await catalogue.channel("main")
        await actions.replaced(catalogue, channel, None, cohorts=Cohorts(otherwise="rest"))
        await actions.assign_viewer(catalogue, "main", "bob", "rest")
        for viewer, kind in (("alice", "cohort"), ("bob", "given")):
            answer = await client.get(f"/api/v1/channels/main/viewers/{viewer}/explain", headers=AUTHORITY)
            found = answer.json()
            assert (found["lineup"], found["lineup_kind"], found["reason"]["kind"]) == ("rest", kind, "given")

    visited(redis_url, story, data=tmp_path, token=TOKEN)
