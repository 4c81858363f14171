"""Values and rules, without any I/O: what may be done, by whom, and what counts as the truth."""
