"""The verbs of cohorts: who shares which given lineup, and which one a viewer gets."""

from manifest_server.admin.actions import check_version, replaced
from manifest_server.programming.cohorts import CohortMap
from manifest_server.programming.pool import derived_id
from storage.catalogue import Catalogue
from storage.cohort_records import Cohorts
from storage.errors import NotFound
from storage.keys import checked_name
from storage.records import ChannelRecord


async def set_cohorts(
    catalogue: Catalogue, name: str, cohorts: Cohorts | None, version: int | None = None
) -> ChannelRecord:
    """Put viewers on given lineups by what is known of them, from their next join on; None: no more.

    Raises NotFound for a lineup that is not there, and Conflict if the channel changed meanwhile.
    """
    channel = await catalogue.channel(checked_name("channel", name))
    check_version(f"channel {name!r}", channel.version, version)
    for lineup in cohorts.lineups if cohorts is not None else ():
        await catalogue.lineup(name, lineup)
    if channel.cohorts == cohorts:
        return channel
    return await replaced(catalogue, channel, None, cohorts=cohorts)  # it asks no clock


async def cohort_lineup(catalogue: Catalogue, name: str, viewer: str) -> tuple[str, bool]:
    """The lineup that a viewer is on, and whether it is that of their cohort. Raises BadInput, NotFound."""
    channel = await catalogue.channel(checked_name("channel", name))
    own = derived_id(name, checked_name("viewer", viewer))
    record = await catalogue.viewer(name, viewer)
    if record is not None and record.lineup is not None and not await catalogue.lineups_gone(name, [record.lineup]):
        return record.lineup, False
    if channel.cohorts is None:
        return own, False
    found = CohortMap(channel.cohorts).lineup_of(await catalogue.profiles.of(name, viewer))
    if found is None:
        return own, False
    try:
        await catalogue.lineup(name, found)
    except NotFound:
        return own, False  # it was removed, and servers do the same
    return found, True
