"""mrkdwn and rich text as HTML."""

from datetime import UTC, datetime, timedelta

import pytest

from sandbox.page.html.mrkdwn import mrkdwn_html
from sandbox.page.html.rich_text import rich_text_html
from sandbox.slack.render.reader import Reader
from tests.page.documents import Document
from tests.sandbox_slack.test_blocks_samples import rich, rich_section

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
READER = Reader(now=NOON, names={"U1": "alice", "C1": "general", "S1": "ml-ops"})


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("*bold* _italic_ ~struck~", "<strong>bold</strong> <em>italic</em> <s>struck</s>"),
        ("*_both_*", "<strong><em>both</em></strong>"),
        ("*a _b* c_", "<strong>a _b</strong> c_"),
        ("snake_case_name 2*3*4 * not *", "snake_case_name 2*3*4 * not *"),
        ("`<code> *as it is*`".replace("<", "&lt;").replace(">", "&gt;"), "<code>&lt;code&gt; *as it is*</code>"),
        ("```\na  <https://example.com|b>\n```", "<pre><code>a  b (https://example.com)</code></pre>"),
        ("a &amp; b &lt;c&gt; &amp;lt;", "a &amp; b &lt;c&gt; &amp;lt;"),
        ("<@U1> <#C1>", '<span class="mention">@alice</span> <span class="mention">#general</span>'),
        ("<!subteam^S1> <!here>", '<span class="mention">@ml-ops</span> <span class="mention">@here</span>'),
        ("*<@U1>*", '<strong><span class="mention">@alice</span></strong>'),
        ("&gt; quoted\n&gt; twice\nnot", "<blockquote>quoted\ntwice</blockquote>not"),
        ("<javascript:alert(1)|a link>", '<span title="javascript:alert(1)">a link</span>'),
        (
            "<https://example.com?a=1&amp;b=2|c>",
            '<a href="https://example.com?a=1&amp;b=2" target="_blank" rel="noopener noreferrer">c</a>',
        ),
        (":tada:", "🎉"),
        ("\ue000 <@U1>", '\ufffd <span class="mention">@alice</span>'),
        ("1 < 2", "1 &lt; 2"),
    ],
)
def test_mrkdwn_looks_as_in_slack(written: str, seen: str) -> None:
    assert mrkdwn_html(written, READER) == seen


def test_a_date_is_shown_in_the_readers_words_and_may_be_a_link() -> None:
    at = int((NOON - timedelta(hours=2)).timestamp())
    assert mrkdwn_html(f"<!date^{at}^{{date_short_pretty}} at {{time}}|then>", READER) == "<time>today at 10:00</time>"
    leading = Document(mrkdwn_html(f"<!date^{at}^{{time}}^https://example.com|then>", READER))
    assert leading.one("a", href="https://example.com").text == "10:00"


def test_styles_of_rich_text_lie_within_each_other() -> None:
    text = {"type": "text", "text": "x", "style": {"bold": True, "italic": True, "code": True}}
    shown = rich_text_html(rich(rich_section(text)), READER)
    assert shown == '<div class="rich"><div><code><em><strong>x</strong></em></code></div></div>'


def test_an_ordered_list_goes_on_where_it_is_told_to() -> None:
    items = [rich_section({"type": "text", "text": text}) for text in "ab"]
    shown = Document(
        rich_text_html(rich({"type": "rich_text_list", "style": "ordered", "offset": 4, "elements": items}), READER)
    )
    assert shown.one("ol").attributes["start"] == "5"
    assert [each.text for each in shown.all("li")] == ["a", "b"]
