"""Several processes of the bot on one PostgreSQL store, with one Slack that spreads what it sends over them."""
