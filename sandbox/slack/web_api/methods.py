"""The methods that are emulated, and what each asks for; every other name is `unknown_method`.

Arguments, scopes, tiers and errors are those of Slack's method definitions (slack-ruby/slack-api-ref, August 2026).
"""

from collections.abc import Mapping

from sandbox.slack.rate_limits import POSTS_TO_ONE_CHANNEL, Tier
from sandbox.slack.web_api import app, blocks_validate, chat, conversations, files, people, views
from sandbox.slack.web_api.method import Method, Token

READING_CONVERSATIONS = ("channels:read", "groups:read", "im:read", "mpim:read")
OPENING_CONVERSATIONS = ("channels:manage", "groups:write", "im:write", "mpim:write")

# Assumed: each of these for all three methods that carry content, although chat.postMessage lists no
# invalid_attachments, chat.update no msg_blocks_too_long, and chat.postEphemeral neither that nor
# invalid_metadata_format.
CONTENT_ERRORS = frozenset(
    {
        "invalid_attachments",
        "invalid_blocks",
        "invalid_blocks_format",
        "invalid_metadata_format",
        "markdown_text_conflict",
        "msg_blocks_too_long",
        "no_text",
    }
)
CHANNEL_ERRORS = frozenset({"channel_not_found", "is_archived", "messages_tab_disabled", "not_in_channel"})
TRIGGER_ERRORS = frozenset({"exchanged_trigger_id", "expired_trigger_id", "invalid_trigger_id"})
VIEW_ERRORS = frozenset({"duplicate_external_id", "view_too_large"})

METHODS: Mapping[str, Method] = {
    # T1 as in Slack's own SDK for Java (metadata/web-api/rate_limit_tiers.json); the method definition says T3.
    "apps.connections.open": Method(app.open_connection, Tier.TIER_1, token=Token.APP, errors={"insecure_request"}),
    "auth.test": Method(app.test_token, Tier.SPECIAL),
    "blocks.validate": Method(
        blocks_validate.validate,
        Tier.SPECIAL,
        token=None,
        errors={"invalid_blocks", "invalid_message", "invalid_view"},
    ),
    "chat.delete": Method(
        chat.delete,
        Tier.TIER_3,
        ("chat:write",),
        required=("channel", "ts"),
        errors={"cant_delete_message", "channel_not_found", "message_not_found"},
    ),
    "chat.getPermalink": Method(
        chat.get_permalink,
        Tier.SPECIAL,
        required=("channel", "message_ts"),
        takes_json=False,
        errors={"channel_not_found", "message_not_found"},
    ),
    "chat.postEphemeral": Method(
        chat.post_ephemeral,
        Tier.TIER_4,
        ("chat:write",),
        required=("channel", "user"),
        errors={"msg_too_long", "user_not_in_channel"} | CHANNEL_ERRORS | CONTENT_ERRORS,
    ),
    "chat.postMessage": Method(
        chat.post_message,
        Tier.POSTING,
        ("chat:write",),
        required=("channel",),
        channel_limit=POSTS_TO_ONE_CHANNEL,
        errors=CHANNEL_ERRORS | CONTENT_ERRORS,
    ),
    "chat.update": Method(
        chat.update,
        Tier.TIER_3,
        ("chat:write",),
        required=("channel", "ts"),
        errors={"cant_update_message", "channel_not_found", "is_inactive", "message_not_found", "msg_too_long"}
        | CONTENT_ERRORS,
    ),
    "conversations.info": Method(
        conversations.info,
        Tier.TIER_3,
        READING_CONVERSATIONS,
        required=("channel",),
        takes_json=False,
        errors={"channel_not_found"},
    ),
    "conversations.open": Method(
        conversations.open_direct_messages,
        Tier.TIER_3,
        OPENING_CONVERSATIONS,
        errors={
            "channel_not_found",
            "method_not_supported_for_channel_type",
            "too_many_users",
            "user_disabled",
            "user_not_found",
            "user_not_visible",
            "users_list_not_supplied",
        },
    ),
    "files.completeUploadExternal": Method(
        files.complete_upload,
        Tier.TIER_4,
        ("files:write",),
        required=("files",),
        errors={
            "channel_not_found",
            "channels_limit_exceeded",
            "file_not_found",
            "invalid_blocks",
            "invalid_channel",
            "not_in_channel",
            "posting_to_channel_denied",
        },
    ),
    "files.getUploadURLExternal": Method(
        files.announce_upload,
        Tier.TIER_4,
        ("files:write",),
        required=("filename", "length"),
        takes_json=False,
        errors={"alt_txt_too_large", "missing_argument", "snippet_too_large"},
    ),
    "usergroups.list": Method(people.list_user_groups, Tier.TIER_2, ("usergroups:read",), takes_json=False),
    "usergroups.users.list": Method(
        people.list_user_group_members,
        Tier.TIER_2,
        ("usergroups:read",),
        required=("usergroup",),
        takes_json=False,
        errors={"no_such_subteam"},
    ),
    "users.info": Method(
        people.user_info,
        Tier.TIER_4,
        ("users:read",),
        required=("user",),
        takes_json=False,
        errors={"user_not_found", "user_not_visible"},
    ),
    "views.open": Method(views.open_modal, Tier.TIER_4, required=("view",), errors=TRIGGER_ERRORS | VIEW_ERRORS),
    "views.publish": Method(
        views.publish_home,
        Tier.TIER_4,
        required=("user_id", "view"),
        errors={"hash_conflict", "not_enabled"} | VIEW_ERRORS,
    ),
    "views.push": Method(
        views.push_modal,
        Tier.TIER_4,
        required=("view",),
        errors={"not_found", "push_limit_reached"} | TRIGGER_ERRORS | VIEW_ERRORS,
    ),
    "views.update": Method(
        views.update_view,
        Tier.TIER_4,
        required=("view",),
        errors={"hash_conflict", "not_found"} | VIEW_ERRORS,
    ),
}
