"""The tests: rules as tables and properties, everything a person does as a journey through the emulators."""
