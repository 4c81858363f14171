"""The store in PostgreSQL, on a server of the tests' own."""
