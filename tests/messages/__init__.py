"""Everything that people read, as a set."""
