"""Slack's mrkdwn as HTML: styles, code, quotes, mentions, links and dates.

Slack: messaging/formatting-message-text. Bare addresses are not made into links (Slack does so unless `verbatim`).
"""

import re
from collections.abc import Callable, Mapping

from sandbox.page.html.markup import Markup, escaped, joined, link, tag
from sandbox.slack.render.mrkdwn import link_text, mrkdwn_text, unescaped, with_emoji
from sandbox.slack.render.reader import Reader

_CODE = re.compile(r"```\n?(?P<block>.+?)\n?```|`(?P<inline>[^`\n]+)`", re.DOTALL)
_MARKUP = re.compile(r"<([^<>]+)>")
# Where code and markup stood while the styles around them are found: characters of the private use area.
_FIRST_MARK, _LAST_MARK = 0xE000, 0xF8FF
_MARK = re.compile(f"[{chr(_FIRST_MARK)}-{chr(_LAST_MARK)}]")
_STYLES = {"*": "strong", "_": "em", "~": "s"}
_STYLED = re.compile(r"(?<![\w*_~])(?P<sign>[*_~])(?=\S)(?P<content>.+?)(?<=\S)(?P=sign)(?!\w|(?P=sign))")
_QUOTE = re.compile(r"(?:^&gt; ?.*(?:\n|\Z))+", re.MULTILINE)
_QUOTE_SIGN = re.compile(r"^&gt; ?", re.MULTILINE)


def mrkdwn_html(text: str, reader: Reader) -> Markup:
    """What a person sees where an app wrote mrkdwn."""
    kept = list[Markup]()

    def keep(show: Callable[[re.Match[str]], Markup]) -> Callable[[re.Match[str]], str]:
        def put_aside(found: re.Match[str]) -> str:
            if _FIRST_MARK + len(kept) > _LAST_MARK:
                return found[0]
            kept.append(show(found))
            return chr(_FIRST_MARK + len(kept) - 1)

        return put_aside

    bare = _MARK.sub("\N{REPLACEMENT CHARACTER}", text)
    bare = _CODE.sub(keep(_code), bare)
    bare = _MARKUP.sub(keep(lambda found: _markup(found[1], reader)), bare)
    shown = _QUOTE.sub(
        lambda found: f"<blockquote>{_QUOTE_SIGN.sub('', found[0]).rstrip()}</blockquote>",
        _styled(escaped(with_emoji(unescaped(bare)))),
    )
    return Markup(_MARK.sub(lambda found: kept[ord(found[0]) - _FIRST_MARK], shown))


def _styled(text: str) -> str:
    def show(found: re.Match[str]) -> str:
        name = _STYLES[found["sign"]]
        return f"<{name}>{_styled(found['content'])}</{name}>"

    return _STYLED.sub(show, text)


def _code(found: re.Match[str]) -> Markup:
    text = _MARKUP.sub(lambda markup: link_text(*_split(markup[1])), found["block"] or found["inline"])
    code = tag("code", None, unescaped(text))
    return tag("pre", None, code) if found["block"] else code


def _split(content: str) -> tuple[str, str]:
    target, _, label = content.partition("|")
    return target, label


def _mention(content: str, reader: Reader) -> Markup:
    return tag("span", {"class": "mention"}, mrkdwn_text(f"<{content}>", reader))


def _special(content: str, reader: Reader) -> Markup:
    if content.startswith("!date^"):
        return _date(content, reader)
    return _mention(content, reader)


def _date(content: str, reader: Reader) -> Markup:
    shown = tag("time", None, mrkdwn_text(f"<{content}>", reader))
    parts = content.partition("|")[0].split("^")
    return link(unescaped(parts[3]), shown) if len(parts) > 3 else shown  # noqa: PLR2004 - date, time, template, link


_SIGNS: Mapping[str, Callable[[str, Reader], Markup]] = {"@": _mention, "#": _mention, "!": _special}


def _markup(content: str, reader: Reader) -> Markup:
    show = _SIGNS.get(content[0])
    if show:
        return show(content, reader)
    target, label = (unescaped(part) for part in _split(content))
    return link(target, label or target)


def text_html(text: Mapping[str, str | bool], reader: Reader) -> Markup:
    """What a person sees where an app wrote a text object."""
    content = str(text["text"])
    if text["type"] == "mrkdwn":
        return mrkdwn_html(content, reader)
    return joined(content if text.get("emoji") is False else with_emoji(content))
