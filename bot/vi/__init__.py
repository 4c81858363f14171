"""Datature Vi's REST API: the bot's only way to the platform."""
