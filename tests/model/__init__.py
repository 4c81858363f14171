"""A crowd at random against the whole bot, and what must hold whatever it does."""
