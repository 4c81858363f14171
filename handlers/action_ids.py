"""The names by which Slack tells the bot which control was used.

A value beside them is an opaque id: of something in the store, or a workflow's own.
"""

LIST_PREVIOUS = "list_previous"
LIST_NEXT = "list_next"
ROW_MENU = "workflow_menu"
SHOW = "workflow_show"
BACK_UP = "workflow_back_up"
DELETE = "workflow_delete"
AUDIT_OF = "workflow_audit"
TRAIL_OLDER = "trail_older"
DELETE_FORM = "delete_form"
NOTICE = "notice"

BACK_UP_FIRST = "back_up_first"
