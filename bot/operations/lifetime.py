"""The bot's own start and stop, in the trail: under which rules it worked from when to when."""

from bot.domain.audit import Action, Stage, content_of
from bot.domain.document import canonical, differences, digest
from bot.domain.errors import StoreUnavailable
from bot.domain.workflow import JsonObject
from bot.operations.recording import OK, bot_entry, spool
from bot.ports import Resources, TrailQuery


async def record_start(resources: Resources, settings: JsonObject) -> None:
    """Write down that the bot starts, and the settings that decide what people may do.

    `changed` names what is different since the start before, as JSON pointers.

    Raises:
        StoreUnavailable: it could not be written; then the bot must not start.
    """
    before = await resources.store.trail(TrailQuery(action=Action.START, limit=1))
    known = content_of(before[0]).details.get("settings", {}) if before else {}
    changed = differences(known, settings) if known else ()
    details = {
        "settings": settings,
        "settings_sha256": digest(canonical(settings)),
        **({"changed": list(changed)} if changed else {}),
    }
    await resources.store.record(bot_entry(resources, Action.START, Stage.SUCCEEDED, OK, details))


async def record_stop(resources: Resources) -> None:
    """Write down that the bot stops. Where that cannot be written it waits in the spool, and the bot stops anyway."""
    entry = bot_entry(resources, Action.STOP, Stage.SUCCEEDED, OK)
    try:
        await resources.store.record(entry)
    except StoreUnavailable:
        await spool(resources, entry)
