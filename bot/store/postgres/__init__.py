"""The store in a PostgreSQL database, for a bot of several processes. Needs the extra `postgres`.

The writer of each process shares commits among its callers; an advisory lock has the processes append one after the
other, so that their entries stand in one chain.
"""
