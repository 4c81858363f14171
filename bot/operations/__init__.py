"""The use cases, one file each. They await ports only; what they return, the handlers show."""
