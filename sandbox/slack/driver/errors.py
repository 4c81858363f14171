"""How the driver says no."""


class CannotDoError(AssertionError):
    """A person could not do this: there is no such button, the option is not offered, the text is too long."""


class NotSeenError(AssertionError):
    """What a test waited for did not come; the text says what is on the screen instead."""
