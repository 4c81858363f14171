"""What a person sees, as HTML. Pure, and everything that comes from outside is escaped.

The structure is that of `sandbox.slack.render`: `layouts` (blocks) over `controls` (elements), `rich_text` and
`mrkdwn`, all over `markup`. `messages`, `views`, `wire` and `vi` are what the page is made of.

An interactive element bears `data-control` (what kind), `data-block` and `data-action` (its place), `data-sends` (the
app hears of it at once) and `data-confirm` (a dialog to open first, as JSON); the page's script knows these and no more
of Block Kit.
"""
