"""Help, and who somebody is to the bot."""

from bot.domain.policy import EVERYBODY, Actor, Grant
from bot.domain.text import shown
from bot.domain.usages import USAGES, Usage
from handlers.messages.blocks import Block, Frame, Message, bullets, context, escape, framed, mrkdwn, plain, section

_NO_ROLE = "You have no role here yet, so there is nothing you may do. Ask the bot's administrator for one."


def help_message(frame: Frame, actor: Actor, topic: str = "") -> Message:
    """What this person may do, each command with an example; or one command, whole."""
    allowed = [usage for usage in USAGES.values() if usage.role is None or actor.may(usage.role)]
    usages = [USAGES[topic]] if topic else allowed
    blocks: list[Block] = [block for usage in usages for block in _usage(frame, usage, whole=bool(topic))]
    if topic and USAGES[topic] not in allowed:
        blocks.append(context(plain(f"You do not have the role {USAGES[topic].role} that this needs.")))
    if not actor.roles:
        blocks.append(section(plain(_NO_ROLE)))
    elif not topic:
        blocks.append(context(plain("WORKFLOW is an id, a whole name, or the first six or more characters of an id.")))
    names = ", ".join(f"{frame.command} {usage.name}" for usage in usages)
    typed = f"help {topic}".rstrip()
    return framed(frame, f"What you may do here: {names}.", blocks, command=typed, person_id=actor.person.id)


def whoami_message(frame: Frame, actor: Actor) -> Message:
    """Identity, roles, where each comes from, and what they allow."""
    person = actor.person
    allowed = [usage.name for usage in USAGES.values() if usage.role is not None and actor.may(usage.role)]
    blocks = [
        section(mrkdwn(f"You are <@{person.id}>, a {person.standing} of this workspace.")),
        context(mrkdwn(f"`{escape(person.id)}` in `{escape(person.team)}`")),
        section(mrkdwn("\n".join(_grant(each) for each in actor.grants)) if actor.grants else plain(_NO_ROLE)),
    ]
    if actor.untold:
        blocks.append(context(plain("Some user groups could not be looked up now. Roles that they give do not count.")))
    if allowed:
        blocks.append(context(plain("You may: " + ", ".join(allowed))))
    roles = ", ".join(sorted({grant.role.value for grant in actor.grants})) or "no role"
    text = f"You are {escape(shown(person.name))}, a {person.standing} of this workspace, with {roles}."
    return framed(frame, text, blocks, command="whoami", person_id=person.id)


def _usage(frame: Frame, usage: Usage, *, whole: bool) -> list[Block]:
    line = f"{frame.command} {usage.name} {usage.arguments}".rstrip()
    small = [plain(f"For example: {frame.command} {usage.example}")]
    if usage.notes and not whole:
        small.append(plain(f"More: {frame.command} help {usage.name}"))
    notes = [bullets(usage.notes)] if usage.notes and whole else []
    return [section(mrkdwn(f"`{escape(line)}`\n{escape(usage.summary)}")), *notes, context(*small)]


def _grant(grant: Grant) -> str:
    if grant.source == EVERYBODY:
        return f"• *{grant.role}*, as everybody in this workspace"
    if grant.source.startswith("S"):
        return f"• *{grant.role}*, as a member of <!subteam^{grant.source}>"
    return f"• *{grant.role}*, given to you by name"
