"""Every number of Block Kit, by name.

Source, unless a comment says otherwise: the reference pages of Block Kit on docs.slack.dev and the checks of
slack_sdk 3.47. Lengths count Unicode code points, as slack_sdk does (assumed: the reference says "characters").
"""

from types import MappingProxyType
from typing import Literal

Surface = Literal["message", "modal", "home"]
"""Where blocks are shown: in a message, in a modal, in a person's App Home."""

BLOCKS_BY_SURFACE = MappingProxyType[Surface, int]({"message": 50, "modal": 100, "home": 100})

BLOCK_ID = 255
ACTION_ID = 255

SECTION_TEXT = 3000
SECTION_FIELDS = 10
SECTION_FIELD_TEXT = 2000
HEADER_TEXT = 150
HEADER_LEVEL = 4
CONTEXT_ELEMENTS = 10
CONTEXT_TEXT = 3000  # the limit of a text object; the context block states none of its own
ACTIONS_ELEMENTS = 25
INPUT_LABEL = 2000
INPUT_HINT = 2000
ALERT_TEXT = 200
IMAGE_URL = 3000
IMAGE_ALT_TEXT = 2000
IMAGE_TITLE = 2000
RICH_TEXT_INDENT = 8

TABLES = 1  # assumed: the newest reference page no longer says it, the older one and its error name do
TABLE_ROWS = 100
TABLE_CELLS = 20
TABLE_COLUMN_SETTINGS = 20
TABLE_TEXT = 10_000  # over all cells of all tables of a message
MARKDOWN_TEXT = 12_000  # over all markdown blocks of a message

BUTTON_TEXT = 75
BUTTON_VALUE = 2000
BUTTON_URL = 3000
ACCESSIBILITY_LABEL = 75
PLACEHOLDER = 150
OPTIONS = 100
OPTION_GROUPS = 100
OPTION_GROUP_LABEL = 75
OPTION_TEXT = 75
OPTION_VALUE = 150
OPTION_DESCRIPTION = 75
OPTION_URL = 3000
CHOICES = 10  # options of radio buttons and of checkboxes
OVERFLOW_OPTIONS = 5
PLAIN_TEXT_INPUT_LENGTH = 3000  # documented for min_length; assumed for max_length
FOCUSED_ELEMENTS = 1

CONFIRM_TITLE = 100
CONFIRM_TEXT = 300
CONFIRM_BUTTON = 30

VIEW_TITLE = 24
VIEW_SUBMIT = 24
VIEW_CLOSE = 24
VIEW_CALLBACK_ID = 255
VIEW_EXTERNAL_ID = 255
VIEW_PRIVATE_METADATA = 3000
VIEW_BYTES = 250_000  # "250 kB"; assumed: decimal, and counted as compact UTF-8 JSON

MESSAGE_TEXT = 40_000
UPDATE_TEXT = 4_000  # chat.update only: `msg_too_long`
MESSAGE_BLOCK_TEXT = 13_200  # undocumented; measured by users of Slack (slackapi/bolt-js, issue 2509)
