"""`python -m bot` is the console script `vi-bot`."""

from bot.cli import main

main()
