"""What a person reads where an app wrote mrkdwn: mentions, links, dates, entities, emoji."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from sandbox.slack.render import Reader, render_message_text

NAMES = {"U1": "Alice", "C1": "general", "S1": "@ml-ops", "U9": "A&amp;B"}


@pytest.mark.parametrize(
    ("mrkdwn", "shown"),
    [
        ("*bold*, _italic_ and ~struck~", "*bold*, _italic_ and ~struck~"),
        ("1 &lt; 2 &gt; 0 &amp; so on", "1 < 2 > 0 & so on"),
        ("&amp;lt;", "&lt;"),
        ("&quot;", "&quot;"),
        ("!a | #b | @c", "!a | #b | @c"),
        ("by <@U1>", "by @Alice"),
        ("by <@U2|bob>", "by @bob"),
        ("by <@U2>", "by @U2"),
        ("by <@U9>", "by @A&amp;B"),
        ("in <#C1|>", "in #general"),
        ("in <#C2|random>", "in #random"),
        ("for <!subteam^S1>", "for @ml-ops"),
        ("for <!subteam^S2|@on-call>", "for @on-call"),
        ("<!here> and <!channel|channel>", "@here and channel"),
        ("<https://example.com|the &lt;page&gt;>", "the <page> (https://example.com)"),
        ("<https://example.com?a=1&amp;b=2>", "https://example.com?a=1&b=2"),
        ("&lt;!channel&gt;", "<!channel>"),
        (":white_check_mark: done, :no_such_emoji:, 10:30:15", "✅ done, :no_such_emoji:, 10:30:15"),
        ("`:x:` and ```\n:x:\n``` but :x:", "`:x:` and ```\n:x:\n``` but ❌"),
    ],
)
def test_mrkdwn_reads_as_in_slack(mrkdwn: str, shown: str) -> None:
    assert render_message_text({"text": mrkdwn}, Reader(names=NAMES)) == shown


SECONDS = 1_795_425_332  # 2026-11-23 09:15:32 UTC
ZURICH = timezone(timedelta(hours=1))
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("template", "shown"),
    [
        ("{date_num}", "2026-11-23"),
        ("{date_slash}", "23/11/2026"),
        ("{date}", "November 23rd, 2026"),
        ("{date_short}", "Nov 23, 2026"),
        ("{date_long}", "Monday, November 23rd, 2026"),
        ("{date_long_full}", "November 23, 2026"),
        ("{date_pretty}", "November 23rd, 2026"),
        ("{date_short_pretty}", "Nov 23, 2026"),
        ("{date_long_pretty}", "Monday, November 23rd, 2026"),
        ("{time}", "10:15"),
        ("{time_secs}", "10:15:32"),
        ("on {date_short} at {time}", "on Nov 23, 2026 at 10:15"),
        ("{ago}", "then"),
        ("{date_of_birth}", "then"),
    ],
)
def test_a_date_is_shown_in_the_time_zone_of_the_reader(template: str, shown: str) -> None:
    text = f"<!date^{SECONDS}^{template}|then>"
    assert render_message_text({"text": text}, Reader(zone=ZURICH)) == shown


def test_a_date_is_shown_in_utc_to_anyone() -> None:
    assert render_message_text({"text": f"<!date^{SECONDS}^{{time}}^https://example.com|then>"}) == "09:15"


def test_a_date_that_no_calendar_has_shows_its_fallback() -> None:
    assert render_message_text({"text": f"<!date^{10**20}^{{date}}|some day>"}) == "some day"
    assert render_message_text({"text": "<!date^soon^{date}|some day>"}) == "some day"


@pytest.mark.parametrize(("days", "shown"), [(-1, "yesterday"), (0, "today"), (1, "tomorrow"), (2, "Nov 25, 2026")])
def test_a_day_near_the_present_has_a_name(days: int, shown: str) -> None:
    text = f"<!date^{SECONDS + days * 86_400}^{{date_short_pretty}}|then>"
    assert render_message_text({"text": text}, Reader(now=NOW)) == shown


def test_whether_it_is_today_depends_on_the_time_zone() -> None:
    midnight = SECONDS // 86_400 * 86_400
    text = f"<!date^{midnight - 60}^{{date_pretty}}|then>"
    assert render_message_text({"text": text}, Reader(now=NOW)) == "yesterday"
    assert render_message_text({"text": text}, Reader(now=NOW, zone=ZURICH)) == "today"


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0 seconds ago"),
        (-59, "59 seconds ago"),
        (-60, "1 minute ago"),
        (-7200, "2 hours ago"),
        (86_400, "in 1 day"),
    ],
)
def test_a_period_is_told_from_the_present(seconds: int, shown: str) -> None:
    text = f"<!date^{int(NOW.timestamp()) + seconds}^{{ago}}|then>"
    assert render_message_text({"text": text}, Reader(now=NOW)) == shown


@pytest.mark.parametrize(
    ("day", "ordinal"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (12, "12th"), (13, "13th"), (22, "22nd")],
)
def test_a_day_has_its_ending(day: int, ordinal: str) -> None:
    seconds = int(datetime(2026, 10, day, tzinfo=UTC).timestamp())
    assert render_message_text({"text": f"<!date^{seconds}^{{date}}|then>"}) == f"October {ordinal}, 2026"
