"""Clients that others wrote, unmodified, against the emulators."""
