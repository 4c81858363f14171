"""Journeys through the page in a real browser: what people click and type, and what they see."""
