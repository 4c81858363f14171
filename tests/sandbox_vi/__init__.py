"""Tests of the Vi emulator itself: its own rules, shown over the wire."""
