"""The client of Vi's REST API: its decoding by itself, and all of it against the emulator over the real wire."""
