"""How the bot is shipped: images, units and manifests, and what is made of its dependencies' own words."""
