"""A Slack and a Vi on this machine, and what is done with the bot between them."""
