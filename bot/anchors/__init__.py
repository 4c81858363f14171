"""Where checkpoints of the audit trail are noted, out of the bot's reach, and how they are signed."""
