"""Exports of the audit trail: the question for the kind of file, what goes with the file, and that it was sent."""

from bot.domain.export import Format
from bot.operations.export import TrailExport
from handlers import action_ids
from handlers.messages.blocks import Block, Frame, Message, button, context, framed, mrkdwn, plain, section
from handlers.messages.trail import asked_for, words

_KINDS = {
    Format.JSONL: ("JSON Lines", "the entries as they are hashed, for whoever wants to verify them"),
    Format.CSV: ("CSV", "a row for each entry, for a spreadsheet"),
    Format.OCSF: ("OCSF", "API Activity events (class 6003), for a security team's tools"),
}


def export_choice_message(frame: Frame, screen_id: str, person_id: str) -> Message:
    """Which kind of file; each with what it is good for."""
    text = "Export as which kind of file? It holds everything that fits the list, and comes to you by direct message."
    blocks: list[Block] = [section(plain(text))]
    for form, (name, use) in _KINDS.items():
        choice = button("Export", action_ids.TRAIL_EXPORT_AS[form], screen_id, about=f"as {name}")
        blocks.append(section(plain(f"{name}: {use}."), accessory=choice))
    return framed(frame, text, blocks, person_id=person_id)


def export_file_message(frame: Frame, export: TrailExport, person_id: str) -> Message:
    """What is in the file, whether it is all, and whether it can be verified: the direct message above the file."""
    title = f"{_what(export)} as {_KINDS[export.form][0]}, oldest first. The file follows in this thread."
    blocks: list[Block] = [section(plain(title)), *asked_for(export.asked)]
    notes = [_range(export), _cut(export)]
    blocks += [section(plain(note)) for note in notes if note]
    blocks.append(
        context(mrkdwn(f"newest in the file `{export.last}`"), mrkdwn(f"this export: audit `{export.receipt}`"))
    )
    text = " ".join([title, *(note for note in notes if note)])
    return framed(frame, text, blocks, command=_command(export), person_id=person_id)


def exported_message(frame: Frame, export: TrailExport, person_id: str) -> Message:
    """That the file was sent."""
    text = f"{_what(export)}, sent to you by direct message: {export.filename}."
    blocks: list[Block] = [section(plain(text))]
    if export.cut:
        blocks.append(section(plain(_cut(export))))
    blocks.append(context(mrkdwn(f"audit `{export.receipt}`")))
    return framed(frame, text, blocks, command=_command(export), person_id=person_id)


def _what(export: TrailExport) -> str:
    noun = "entry" if export.count == 1 else "entries"
    return f"{export.count:,} {noun} of {'your own' if export.own_only else 'the audit trail'}"


def _range(export: TrailExport) -> str:
    if export.count == 1:
        return f"It is entry #{export.first.seq}."
    place = f"From #{export.first.seq} to #{export.last.seq}"
    if export.form is not Format.JSONL:
        return f"{place}{'' if export.whole else ', with others between them left out'}."
    if export.whole:
        return f"{place}, with none left out. Each line names the SHA-256 of the line before, so it can be verified."
    able = "everybody's entries, which an admin can make," if export.own_only else "all entries"
    return (
        f"{place}, with others between them left out, so the lines do not follow on each other and cannot be verified. "
        f"A file of {able} can."
    )


def _cut(export: TrailExport) -> str:
    if not export.cut:
        return ""
    return (
        f"Older entries fit too: a file holds {export.count:,}. For all, run vi-bot audit export on the bot's machine."
    )


def _command(export: TrailExport) -> str:
    return f"{words(export.asked)} --export {export.form}"
