"""The record of everything an app did against Slack's rules."""

from collections import Counter
from dataclasses import dataclass


@dataclass(frozen=True)
class Violation:
    """One broken rule.

    Attributes:
        code: A short stable name, for tests: `invalid_blocks`, `not_acknowledged`, `exchanged_trigger_id`.
        sentence: What happened, and what Slack would have done, for a person.
    """

    code: str
    sentence: str


class Violations:
    """Violations in the order they happened, less those that a test says it expects."""

    def __init__(self) -> None:
        self._recorded: list[Violation] = []
        self._expected: Counter[str] = Counter()

    def record(self, code: str, sentence: str) -> None:
        """Note that a rule was broken."""
        self._recorded.append(Violation(code, sentence))

    def all(self) -> tuple[Violation, ...]:
        """Return every violation that was recorded and not taken out, expected ones included."""
        return tuple(self._recorded)

    def expect(self, code: str, times: int = 1) -> None:
        """Say that `times` violations of this code belong to the test, be they in the past or to come."""
        self._expected[code] += times

    def take(self, code: str) -> Violation:
        """Take the oldest violation of this code out of the record and return it.

        Raises:
            AssertionError: There is none.
        """
        for violation in self._recorded:
            if violation.code == code:
                self._recorded.remove(violation)
                return violation
        raise AssertionError(f"No violation {code!r} was recorded; recorded: {[v.code for v in self._recorded]}")

    def unexpected(self) -> list[Violation]:
        """Return the violations that no test has asked for."""
        credit = self._expected.copy()
        left = []
        for violation in self._recorded:
            if credit[violation.code] > 0:
                credit[violation.code] -= 1
            else:
                left.append(violation)
        return left

    def missing(self) -> list[str]:
        """Return the codes that were expected and never recorded."""
        return sorted((self._expected - Counter(v.code for v in self._recorded)).elements())
