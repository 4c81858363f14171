"""The page of the demo: its HTML, its server, what can be asked of it, and the whole in a browser."""
