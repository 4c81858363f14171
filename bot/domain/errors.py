"""Every error that a person may be shown.

    BotError
    ├── BadCommand            the words typed were not understood
    ├── BadInput              a field of a form was not filled in as asked
    ├── Refused               this person may not do this
    ├── Repeated              the same request came before
    ├── WorkflowMissing       no workflow is meant by these words
    ├── Ambiguous             several things are meant by these words
    │   ├── WorkflowAmbiguous
    │   └── RunAmbiguous
    ├── EntryMissing          the audit trail has no entry of this number
    ├── NothingToExport       no entry fits, so there is no file
    ├── FileNotSent           a file did not reach the person
    │   └── FilePerhapsSent   it may or may not have
    ├── Locked                the workflow is locked, for everybody
    ├── NotLocked             the workflow is not locked
    ├── RunMissing            no run is meant by these words
    ├── RunEnded              the run has ended already
    ├── OutOfDate             what was clicked belongs to something that is forgotten
    ├── ConfirmationClosed    the question was answered, withdrawn or has expired
    ├── WorkflowChanged       it is not any more what the person saw
    ├── NothingToRestore      it is as the snapshot has it
    ├── BackupDiffers         a copy came back different from its source
    ├── StoreUnavailable      the bot's own memory cannot be read or written
    ├── AnchorUnavailable     a checkpoint could not be noted outside of it
    └── ViError               the platform did not do what it was asked
        ├── ViRefused         it said no, in its own words
        ├── ViNotFound        it does not have such a thing
        ├── ViUnauthorized    it does not accept the bot's key
        ├── ViBusy            it asked us to come back later than a person would wait
        ├── ViUnreachable     it was never reached, or gave no usable answer to a reading call
        ├── ViNotUnderstood   it answered something that is not in its contract
        └── ViOutcomeUnknown  it may or may not have made the change

`sentence` says what happened and `advice` what to do next: both go to a person as they are. `code` is for
the audit trail. Text of the platform's is data: it is shown escaped and never trusted.
"""

from datetime import datetime

from bot.domain.people import GroupId, PersonId
from bot.domain.workflow import WorkflowSummary


class BotError(Exception):
    """Base of all errors fit for a person."""

    code = "error"

    def __init__(self, sentence: str, advice: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.advice = advice


class BadCommand(BotError):
    """The words typed were not understood.

    Attributes:
        usage: how the command that was meant is written, without the slash command before it; may be empty.
        lacking: the command's name, where nothing is missing but what it is about.
    """

    code = "bad_command"

    def __init__(self, sentence: str, advice: str = "", *, usage: str = "", lacking: str = "") -> None:
        super().__init__(sentence, advice)
        self.usage = usage
        self.lacking = lacking


class BadInput(BotError):
    """Fields of a form were not filled in as asked.

    Attributes:
        faults: one sentence per field name.
    """

    code = "bad_input"

    def __init__(self, faults: dict[str, str]) -> None:
        super().__init__(" ".join(faults.values()))
        self.faults = faults


class Refused(BotError):
    """This person may not do this.

    Attributes:
        missing: what was missing, for the audit trail ("operator", "channel", …).
        people, groups: who has what was missing.
        channels: where it would have worked.
    """

    code = "refused"

    def __init__(
        self,
        sentence: str,
        advice: str,
        *,
        missing: str,
        people: tuple[PersonId, ...] = (),
        groups: tuple[GroupId, ...] = (),
        channels: tuple[str, ...] = (),
    ) -> None:
        super().__init__(sentence, advice)
        self.missing = missing
        self.people = people
        self.groups = groups
        self.channels = channels


class Repeated(BotError):
    """The same request came before, and was carried out then."""

    code = "repeated"

    def __init__(self) -> None:
        super().__init__("This request came twice. It was carried out the first time, and nothing was done now.")


class WorkflowMissing(BotError):
    """No workflow is meant by the words given."""

    code = "workflow_missing"


class Ambiguous(BotError):
    """Several things are meant by the words given; a change never guesses.

    Attributes:
        reference: the words.
    """

    code = "ambiguous"

    def __init__(self, sentence: str, advice: str, reference: str) -> None:
        super().__init__(sentence, advice)
        self.reference = reference


class WorkflowAmbiguous(Ambiguous):
    """Several workflows are meant.

    Attributes:
        candidates: those meant, as far as they exist now.
    """

    code = "workflow_ambiguous"

    def __init__(
        self, sentence: str, advice: str, reference: str, candidates: tuple[WorkflowSummary, ...] = ()
    ) -> None:
        super().__init__(sentence, advice, reference)
        self.candidates = candidates


class RunAmbiguous(Ambiguous):
    """Several runs are meant."""

    code = "run_ambiguous"


class EntryMissing(BotError):
    """The audit trail has no entry of this number."""

    code = "entry_missing"


class NothingToExport(BotError):
    """No entry fits, so there is no file."""

    code = "nothing_to_export"


class FileNotSent(BotError):
    """A file did not reach the person whom it was for."""

    code = "file_not_sent"


class FilePerhapsSent(FileNotSent):
    """Slack was told to share a file and did not answer: the person may or may not have it."""

    code = "file_perhaps_sent"


class Locked(BotError):
    """The workflow is locked: nobody may delete or overwrite it.

    Attributes:
        by, at: who locked it, and when.
    """

    code = "locked"

    def __init__(self, sentence: str, advice: str, *, by: PersonId, at: datetime) -> None:
        super().__init__(sentence, advice)
        self.by = by
        self.at = at


class NotLocked(BotError):
    """There is no lock to drop."""

    code = "not_locked"


class RunMissing(BotError):
    """No run is meant by the words given."""

    code = "run_missing"


class RunEnded(BotError):
    """The run has ended already, so there is nothing to stop."""

    code = "run_ended"


class OutOfDate(BotError):
    """What was clicked belongs to something that is forgotten."""

    code = "out_of_date"


class ConfirmationClosed(BotError):
    """The question was answered, or it is too late, or it is somebody else's.

    Attributes:
        code: what became of it, such as `expired`, `used` or `forgotten`; `bot.operations.closed` has them all.
        by, at: who answered it and when, where it was answered.
    """

    def __init__(
        self, sentence: str, advice: str, *, code: str, by: PersonId | None = None, at: datetime | None = None
    ) -> None:
        super().__init__(sentence, advice)
        self.code = code
        self.by = by
        self.at = at


class WorkflowChanged(BotError):
    """The workflow is not any more what the person saw, so what they agreed to is not what would be done.

    Attributes:
        changes: JSON pointers of what changed; empty where only the version did.
    """

    code = "changed"

    def __init__(self, changes: tuple[str, ...], *, question: str) -> None:
        what = "" if changes else " Its configuration is the same, but not its version."
        super().__init__(f"The workflow was changed after you looked at it.{what}", question)
        self.changes = changes


class NothingToRestore(BotError):
    """The workflow is as the snapshot has it."""

    code = "nothing_to_restore"


class BackupDiffers(BotError):
    """A copy came back different from its source.

    Attributes:
        differences: JSON pointers of what differs.
    """

    code = "backup_differs"

    def __init__(self, sentence: str, advice: str, differences: tuple[str, ...]) -> None:
        super().__init__(sentence, advice)
        self.differences = differences


class StoreUnavailable(BotError):
    """The bot's own memory (audit trail, confirmations, snapshots) cannot be read or written."""

    code = "store_unavailable"


class AnchorUnavailable(BotError):
    """A checkpoint of the audit trail was not, or may not have been, noted outside of the bot's memory."""

    code = "anchor_unavailable"


class ViError(BotError):
    """The platform did not do what it was asked.

    Attributes:
        status: the HTTP status, or 0 where there was none.
        trace_id: the platform's own id of the request, from the header `x-cloud-trace-context`.
    """

    code = "vi_error"

    def __init__(self, sentence: str, advice: str = "", *, status: int = 0, trace_id: str = "") -> None:
        super().__init__(sentence, advice)
        self.status = status
        self.trace_id = trace_id


class ViRefused(ViError):
    """The platform said no (400, 409, 422, other 4xx), in its own words."""

    code = "vi_refused"


class ViNotFound(ViError):
    """The platform does not have such a thing (404)."""

    code = "vi_not_found"


class ViUnauthorized(ViError):
    """The platform does not accept the bot's key (401) or gives it no right to this (403)."""

    code = "vi_unauthorized"


class ViBusy(ViError):
    """The platform asked us to come back later than a person would wait; nothing was done."""

    code = "vi_busy"


class ViUnreachable(ViError):
    """The platform was never reached, or gave no usable answer to a call that changes nothing."""

    code = "vi_unreachable"


class ViNotUnderstood(ViError):
    """The platform answered something that is not in its contract.

    Attributes:
        excerpt: the first 500 characters of the answer, for the operator's log, never for a person.
    """

    code = "vi_not_understood"

    def __init__(self, sentence: str, advice: str = "", *, status: int = 0, trace_id: str = "", excerpt: str) -> None:
        super().__init__(sentence, advice, status=status, trace_id=trace_id)
        self.excerpt = excerpt


class ViOutcomeUnknown(ViError):
    """A call that changes something was sent and not answered: it may or may not have been carried out."""

    code = "vi_outcome_unknown"
