"""Three processes of the bot, a database that restarts, thirty people: what must hold, holds. `make chaos`."""
