"""Every verb with its doors: the action, the operation of the API, the command. How to add one: docs/api.md."""

from typing import NamedTuple


class Verb(NamedTuple):
    """`action`: module and function in manifest_server/admin/, or what of storage/ a door asks by itself."""

    action: str
    operation: str
    command: str


VERBS = (
    Verb("actions.create_channel", "create_channel", "channel create"),
    Verb("Catalogue.channels", "list_channels", "channel list"),
    Verb("Catalogue.channel", "show_channel", "channel show"),
    Verb("actions.start_channel", "start_channel", "channel start"),
    Verb("actions.stop_channel", "stop_channel", "channel stop"),
    Verb("actions.set_pool", "set_pool", "channel pool"),
    Verb("pools.set_query", "set_query", "channel follow"),
    Verb("pools.selected", "try_query", "channel follow"),
    Verb("rules.set_rules", "set_rules", "channel rules"),
    Verb("rules.tried_rules", "try_rules", "channel rules"),
    Verb("rules.tried_rules", "show_rules", "channel rules"),
    Verb("access.set_public", "set_public", "channel access"),
    Verb("access.issue_playback_token", "issue_playback_token", "token playback"),
    Verb("bulk.export_channel", "export_channel", "channel export"),
    Verb("bulk.import_channel", "import_channel", "channel import"),
    Verb("moments.add_moment", "add_moment", "moment add"),
    Verb("moments.remove_moment", "remove_moment", "moment remove"),
    Verb("Catalogue.channel", "list_moments", "moment list"),
    Verb("Catalogue.channel", "show_moment", "moment show"),
    Verb("moments.add_slate", "add_slate", "slate"),
    Verb("edits.edit_all", "edit_all", "edit push"),
    Verb("edits.edit_one", "edit_one", "edit insert"),
    Verb("edits.edit_one", "edit_viewer", "edit skip"),
    Verb("edits.edit_one", "edit_one", "edit replace"),
    Verb("reorder.reorder_one", "edit_viewer", "edit reorder"),
    Verb("edits.list_edits", "list_edits", "edit list"),
    Verb("edits.list_edits", "list_lineup_edits", "edit list"),
    Verb("edits.list_edits", "list_viewer_edits", "edit list"),
    Verb("edits.undo_edit", "undo_edit", "edit undo"),
    Verb("edits.undo_edit", "undo_lineup_edit", "edit undo"),
    Verb("edits.undo_edit", "undo_viewer_edit", "edit undo"),
    Verb("AuditTrail.page", "list_audit", "audit"),
    Verb("undo.undo_change", "undo_change", "undo"),
    Verb("actions.give_lineup", "give_lineup", "lineups give"),
    Verb("actions.edit_lineup", "edit_lineup", "lineups edit"),
    Verb("actions.remove_lineup", "remove_lineup", "lineups remove"),
    Verb("Catalogue.lineup", "show_lineup", "lineups show"),
    Verb("Catalogue.lineups_page", "list_lineups", "lineups list"),
    Verb("actions.assign_viewer", "assign_viewer", "viewers assign"),
    Verb("Catalogue.viewer", "show_viewer", "viewers show"),
    Verb("Catalogue.viewers_page", "list_viewers", "viewers list"),
    Verb("profiles.show_profile", "show_profile", "profile show"),
    Verb("profiles.change_profile", "change_profile", "profile like"),
    Verb("tastes.apply_profile", "apply_profile", "profile apply"),
    Verb("profiles.note_watched", "note_watched", "profile watched"),
    Verb("profiles.forget_profile", "forget_profile", "profile forget"),
    Verb("profiles.import_profiles", "import_profiles", "profile import"),
    Verb("profiles.export_profiles", "export_profiles", "profile export"),
    Verb("cohorts.set_cohorts", "set_cohorts", "cohort set"),
    Verb("cohorts.set_cohorts", "clear_cohorts", "cohort clear"),
    Verb("Catalogue.channel", "show_cohorts", "cohort show"),
    Verb("cohorts.cohort_lineup", "show_cohort", "cohort of"),
    Verb("preview.preview", "preview", "lineup"),
    Verb("epg.channel_guide", "channel_epg", "epg"),
    Verb("epg.channel_guide", "channel_epg_xml", "epg"),
    Verb("epg.viewer_guide", "viewer_epg", "epg"),
    Verb("epg.viewer_guide", "viewer_epg_xml", "epg"),
    Verb("explain.explain", "explain", "explain"),
    Verb("fillers.set_filler", "set_filler", "filler set"),
    Verb("Catalogue.assets_of", "list_assets", "assets"),
    Verb("Catalogue.asset", "show_asset", "asset show"),
    Verb("metadata.describe", "describe", "asset edit"),
    Verb("removal.retire", "retire", "asset retire"),
    Verb("removal.reinstate", "reinstate", "asset retire"),
    Verb("removal.examine", "examine", "asset delete"),
    Verb("removal.delete", "delete_asset", "asset delete"),
    Verb("Jobs.jobs", "list_jobs", "jobs list"),
    Verb("Jobs.job", "show_job", "jobs show"),
    Verb("Jobs.cancel", "cancel_job", "jobs cancel"),
    Verb("Jobs.retry", "retry_job", "jobs retry"),
    Verb("tokens.create_token", "create_token", "token create"),
    Verb("tokens.list_tokens", "list_tokens", "token list"),
    Verb("tokens.revoke_token", "revoke_token", "token revoke"),
)

# Coroutine functions of manifest_server/admin/ that are no verbs of their own.
NO_VERBS = {
    "actions.check_live": "part of every change",
    "actions.deadline": "part of every change",
    "actions.replaced": "part of every change",
    "api.owner": "who may come in",
    "bulk_channel.change_channel": "part of import_channel",
    "planning.draft_plan": "part of `streamsync plan`, which takes all cores of where it runs",
    "planning.publish_plan": "part of `streamsync plan`",
    "planning.named_plans": "part of `streamsync gc`",
    "recommend.learn": "part of `streamsync recommend`, which works where it is run",
    "spooled.spooled": "how a long body is read",
    "changes.tried": "what a change would do, of every verb that can be tried",
    "edits.open_lineup": "part of edit_one",
    "edits.stored_lineup": "part of edit_one",
    "streams.loaded_stream": "part of every change of one lineup",
    "undo.changed_lineup": "part of undo_change",
    "fillers.admit": "part of `streamsync filler`, which encodes where it runs",
    "fillers.made_before": "part of `streamsync filler`, which encodes where it runs",
    "places.listings": "part of removal.examine",
    "places.referred": "part of removal.delete, and of gc",
    "places.repeating": "part of removal.retire",
    "pools.candidates": "part of pools.set_query",
    "pools.follow_query": "what servers do by themselves",
    "pools.keep_up": "what servers do by themselves",
    "refusals.refused": "how errors are answered",
    "refusals.with_newer": "how errors are answered",
}

# Operations that no command asks for by that name.
ONLY_API = {
    "uploads": "`streamsync upload` uses all of /uploads (tests/journeys/test_upload.py)",
}

# Commands that work where they are run.
ONLY_COMMANDS = {
    "up": "starts programs",
    "serve": "starts programs",
    "worker": "starts programs",
    "package": "encodes here; `upload` is its way through a server",
    "upload": "is made of several operations",
    "backup": "a file of everything, for whoever has the storage",
    "restore": "a file of everything, for whoever has the storage",
    "gc": "walks the whole store, for whoever has it",
    "reindex": "walks the whole store, for whoever has it",
    "recommend": "takes all cores of where it is run, and a library that servers need not have",
    "plan": "takes all cores of where it is run, for minutes",
    "bucket prepare": "sets the store up",
    "filler make": "encodes here",
}
