"""The names by which Slack tells the bot which control was used.

A value beside them is an opaque id: of something in the store, or a workflow's own; or the number of an entry.
"""

from bot.domain.export import Format

LIST_PREVIOUS = "list_previous"
LIST_NEXT = "list_next"
ROW_MENU = "workflow_menu"
SHOW = "workflow_show"
BACK_UP = "workflow_back_up"
DELETE = "workflow_delete"
AUDIT_OF = "workflow_audit"
TRAIL_OLDER = "trail_older"
TRAIL_ENTRY = "trail_entry"
TRAIL_EXPORT = "trail_export"
TRAIL_EXPORT_AS = {form: f"trail_export_{form}" for form in Format}
DELETE_FORM = "delete_form"
NOTICE = "notice"

BACK_UP_FIRST = "back_up_first"
