"""Rules that span several blocks of one payload.

They read payloads that may be broken elsewhere, so they look only at what has the right type.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sandbox.slack.blocks import limits
from sandbox.slack.blocks.limits import Surface
from sandbox.slack.blocks.problems import Problem, pointer_to

Blocks = Sequence[object]


def _blocks_of_type(blocks: Blocks, name: str) -> Iterator[tuple[int, Mapping[str, object]]]:
    for index, block in enumerate(blocks):
        if isinstance(block, dict) and block.get("type") == name:
            yield index, block


def _elements(block: object) -> Iterator[tuple[str, Mapping[str, object]]]:
    """The interactive places of a block: the steps of a pointer, and what stands there."""
    if not isinstance(block, dict):
        return
    for key in ("accessory", "element"):
        if isinstance(block.get(key), dict):
            yield f"/{key}", block[key]
    elements = block.get("elements")
    if block.get("type") == "actions" and isinstance(elements, list):
        for index, element in enumerate(elements):
            if isinstance(element, dict):
                yield f"/elements/{index}", element


def _repeated(pairs: Iterable[tuple[str, object]], code: str) -> Iterator[Problem]:
    seen: set[str] = set()
    for pointer, value in pairs:
        if isinstance(value, str):
            if value in seen:
                yield Problem(pointer, code, f"'{value}' is there already.")
            seen.add(value)


def block_ids_differ(blocks: Blocks, pointer: str) -> Iterator[Problem]:
    """A block_id is there once on a surface."""
    pairs = (
        (f"{pointer}/{index}/block_id", block.get("block_id"))
        for index, block in enumerate(blocks)
        if isinstance(block, dict)
    )
    return _repeated(pairs, "duplicate_block_id")


def action_ids_differ(blocks: Blocks, pointer: str) -> Iterator[Problem]:
    """An action_id is there once within a block; another block may have it too."""
    for index, block in enumerate(blocks):
        pairs = ((f"{pointer}/{index}{step}/action_id", element.get("action_id")) for step, element in _elements(block))
        yield from _repeated(pairs, "duplicate_action_id")


def one_focus(blocks: Blocks, pointer: str) -> Iterator[Problem]:
    """At most one element takes the focus."""
    focused = [
        f"{pointer}/{index}{step}/focus_on_load"
        for index, block in enumerate(blocks)
        for step, element in _elements(block)
        if element.get("focus_on_load") is True
    ]
    for place in focused[limits.FOCUSED_ELEMENTS :]:
        yield Problem(place, "duplicate_focus_on_load", "Only one element may have the focus on load.")


def response_urls_come_from_inputs_of_modals(blocks: Blocks, pointer: str, surface: Surface) -> Iterator[Problem]:
    """`response_url_enabled` works in input blocks of modals only."""
    for index, block in enumerate(blocks):
        for step, element in _elements(block):
            if element.get("response_url_enabled") is True and (surface, step) != ("modal", "/element"):
                place = f"{pointer}/{index}{step}/response_url_enabled"
                yield Problem(place, "response_url_not_allowed", "Works only in an input block of a modal.")


def _texts(value: object) -> Iterator[str]:
    """Every string at a key `text`, at any depth."""
    if isinstance(value, dict):
        if isinstance(value.get("text"), str):
            yield value["text"]
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _texts(one)


def _text_length(value: object) -> int:
    return sum(map(len, _texts(value)))


def tables_are_few_and_short(blocks: Blocks, pointer: str) -> Iterator[Problem]:
    """One table a message, and a cap on the characters of its cells."""
    tables = list(_blocks_of_type(blocks, "table"))
    for index, _ in tables[limits.TABLES :]:
        place = pointer_to(pointer, index)
        yield Problem(place, "only_one_table_allowed", "A message may have only one table.")
    length = sum(_text_length(table.get("rows")) for _, table in tables)
    if length > limits.TABLE_TEXT:
        sentence = f"Tables may have {limits.TABLE_TEXT:,} characters in all, have {length:,}."
        yield Problem(pointer_to(pointer, tables[0][0]), "table_too_long", sentence)


def markdown_is_short(blocks: Blocks, pointer: str) -> Iterator[Problem]:
    """A cap on the characters of all markdown blocks together."""
    markdown = [block for _, block in _blocks_of_type(blocks, "markdown")]
    length = _text_length(markdown)
    if length > limits.MARKDOWN_TEXT:
        sentence = f"Markdown may have {limits.MARKDOWN_TEXT:,} characters in all, has {length:,}."
        yield Problem(pointer, "markdown_too_long", sentence)


def message_is_short(blocks: Blocks, pointer: str) -> Iterator[Problem]:
    """A cap on the text of all blocks of a message.

    Undocumented. Assumed: every string at a key `text` counts, at any depth, and nothing else.
    """
    length = _text_length(list(blocks))
    if length > limits.MESSAGE_BLOCK_TEXT:
        sentence = f"Blocks may have {limits.MESSAGE_BLOCK_TEXT:,} characters of text, have {length:,}."
        yield Problem(pointer, "msg_blocks_too_long", sentence)


def find_payload_problems(blocks: Blocks, pointer: str, surface: Surface) -> Iterator[Problem]:
    """What is wrong between the blocks of one surface."""
    for rule in (block_ids_differ, action_ids_differ, one_focus, tables_are_few_and_short, markdown_is_short):
        yield from rule(blocks, pointer)
    yield from response_urls_come_from_inputs_of_modals(blocks, pointer, surface)
    if surface == "message":
        yield from message_is_short(blocks, pointer)
