"""What came of looking at one thing."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at.

    Attributes:
        name: what was looked at; the same every time.
        finding: what was found, without any secret.
        advice: how to mend it where it is not right; where it is, what would be better.
    """

    name: str
    passed: bool
    finding: str
    advice: str = ""
