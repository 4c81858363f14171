"""What people read: values in, text and blocks out. Pure; one file a subject."""
