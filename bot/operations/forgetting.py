"""What the bot keeps for a while only."""

from datetime import timedelta

from bot.ports import Resources

QUESTIONS_KEPT = timedelta(days=90)
"""How long a question is kept that is over.

It serves the buttons of its messages: who presses one is told what became of the question, and Undo is taken away once
it was pressed. A free Slack workspace shows the messages of the last 90 days (Slack's help, "Feature limitations on the
free version of Slack"). What was asked, answered and done stands in the trail for good.
"""
_AT_ONCE = 200
"""How many are forgotten at a time: nobody who waits to write waits longer than for these."""


async def forget_questions(resources: Resources) -> int:
    """Forget questions that are over and old; how many it were.

    One that is carried out still, or of whose operation the trail has no end, is kept whatever its age.

    Raises:
        StoreUnavailable: they could not be forgotten.
    """
    return await resources.store.drop_questions(resources.clock.now() - QUESTIONS_KEPT, _AT_ONCE)
