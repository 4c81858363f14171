"""The application: it knows no word of Slack's outside `bot.app`, and no word of Vi's API outside `bot.vi`."""

__version__ = "0.1.0"
