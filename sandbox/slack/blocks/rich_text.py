"""The element tree of a rich_text block."""

from collections.abc import Mapping

from sandbox.slack.blocks import limits
from sandbox.slack.blocks.checks import Shape, Typed, array, boolean, choice, formatted, integer, string
from sandbox.slack.blocks.objects import ANY_URL

# Slack's reference and slack_sdk disagree on which flag belongs to which element; this is all of them.
_STYLE = Shape(
    "style",
    optional=dict.fromkeys(
        ("bold", "italic", "strike", "code", "underline", "highlight", "client_highlight", "unlink"), boolean
    ),
)
_STYLED = {"style": _STYLE}
_URL = formatted(ANY_URL, "a URL")
_BORDER = {"border": choice(0, 1)}

_TEXT = Shape("text", {"text": string()}, _STYLED)
_LINK = Shape("link", {"url": _URL}, {"text": string(), "unsafe": boolean, **_STYLED})

_INLINE: Mapping[str, Shape] = {
    "text": _TEXT,
    "link": _LINK,
    "user": Shape("user", {"user_id": string()}, _STYLED),
    "usergroup": Shape("usergroup", {"usergroup_id": string()}, _STYLED),
    "channel": Shape("channel", {"channel_id": string()}, _STYLED),
    "team": Shape("team", {"team_id": string()}, _STYLED),
    "emoji": Shape("emoji", {"name": string()}, {"unicode": string(), "skin_tone": integer(1, 6), **_STYLED}),
    "broadcast": Shape("broadcast", {"range": choice("here", "channel", "everyone")}, _STYLED),
    "color": Shape("color", {"value": formatted(r"#?[0-9A-Fa-f]{6}", "a colour as #RRGGBB")}, _STYLED),
    "date": Shape(
        "date",
        {"timestamp": integer(0), "format": string()},
        {"timezone": string(), "url": _URL, "fallback": string(), **_STYLED},
    ),
}

# Slack is reported to refuse empty sections ("missing element"), slack_sdk sends them. Assumed: refused.
_INLINE_ELEMENTS = array(Typed("element", _INLINE))

_NOT_PREFORMATTED = dict.fromkeys(
    _INLINE, ("element_not_allowed", "Preformatted text holds only text and link elements, not '{type}'.")
)

_SECTION = Shape("rich_text_section", {"elements": _INLINE_ELEMENTS})

RICH_TEXT_ELEMENT = Typed(
    "element",
    {
        "rich_text_section": _SECTION,
        "rich_text_list": Shape(
            "rich_text_list",
            {
                "style": choice("bullet", "ordered"),
                "elements": array(Typed("element", {"rich_text_section": _SECTION})),
            },
            {"indent": integer(0, limits.RICH_TEXT_INDENT), "offset": integer(0), **_BORDER},
        ),
        "rich_text_quote": Shape("rich_text_quote", {"elements": _INLINE_ELEMENTS}, _BORDER),
        "rich_text_preformatted": Shape(
            "rich_text_preformatted",
            {"elements": array(Typed("element", {"text": _TEXT, "link": _LINK}, _NOT_PREFORMATTED))},
            {"language": string(), **_BORDER},
        ),
    },
)
