"""The people of the workspace, for tests and demos: each can do what a person in front of Slack can, and no more."""
