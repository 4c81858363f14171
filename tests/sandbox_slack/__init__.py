"""The Slack emulator."""
