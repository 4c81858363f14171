"""An emulator of the Vi API: one organization, served on 127.0.0.1, with faults on demand.

It speaks the wire protocol that the vendor's own client `vi-sdk` speaks, and knows nothing of the bot.
"""
