"""The methods that are emulated, and what each asks for; every other name is `unknown_method`.

Arguments, scopes and tiers are those of Slack's method definitions (slack-ruby/slack-api-ref, August 2026).
"""

from collections.abc import Mapping

from sandbox.slack.rate_limits import POSTS_TO_ONE_CHANNEL, Tier
from sandbox.slack.web_api import app, chat, conversations, people, views
from sandbox.slack.web_api.method import Method, Token

READING_CONVERSATIONS = ("channels:read", "groups:read", "im:read", "mpim:read")
OPENING_CONVERSATIONS = ("channels:manage", "groups:write", "im:write", "mpim:write")

METHODS: Mapping[str, Method] = {
    "apps.connections.open": Method(app.open_connection, Tier.TIER_1, token=Token.APP),
    "auth.test": Method(app.test_token, Tier.SPECIAL),
    "chat.delete": Method(chat.delete, Tier.TIER_3, ("chat:write",), required=("channel", "ts")),
    "chat.getPermalink": Method(chat.get_permalink, Tier.SPECIAL, required=("channel", "message_ts"), takes_json=False),
    "chat.postEphemeral": Method(chat.post_ephemeral, Tier.TIER_4, ("chat:write",), required=("channel", "user")),
    "chat.postMessage": Method(
        chat.post_message, Tier.POSTING, ("chat:write",), required=("channel",), channel_limit=POSTS_TO_ONE_CHANNEL
    ),
    "chat.update": Method(chat.update, Tier.TIER_3, ("chat:write",), required=("channel", "ts")),
    "conversations.info": Method(
        conversations.info, Tier.TIER_3, READING_CONVERSATIONS, required=("channel",), takes_json=False
    ),
    "conversations.open": Method(conversations.open_direct_messages, Tier.TIER_3, OPENING_CONVERSATIONS),
    "usergroups.list": Method(people.list_user_groups, Tier.TIER_2, ("usergroups:read",), takes_json=False),
    "usergroups.users.list": Method(
        people.list_user_group_members, Tier.TIER_2, ("usergroups:read",), required=("usergroup",), takes_json=False
    ),
    "users.info": Method(people.user_info, Tier.TIER_4, ("users:read",), required=("user",), takes_json=False),
    "views.open": Method(views.open_modal, Tier.TIER_4, required=("view",)),
    "views.publish": Method(views.publish_home, Tier.TIER_4, required=("user_id", "view")),
    "views.push": Method(views.push_modal, Tier.TIER_4, required=("view",)),
    "views.update": Method(views.update_view, Tier.TIER_4, required=("view",)),
}
