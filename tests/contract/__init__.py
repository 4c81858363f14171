"""Independent clients against the emulators: what the vendors wrote, unmodified."""
