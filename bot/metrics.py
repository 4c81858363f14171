"""What is counted and timed, as Prometheus reads it: names by its conventions, labels from closed sets alone."""

from collections.abc import Collection, Iterator, Sequence
from itertools import chain

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from bot.domain.audit import AuditEntry
from bot.domain.confirmation import ConfirmationState
from bot.domain.errors import BotError
from bot.domain.policy import Role
from bot.domain.usages import USAGES
from bot.operations.readiness import Look
from bot.ports import Store, ViAttempt

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4

OTHER = "other"
"""The label of what is in no table: whoever types words must not make series."""

_QUICK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 3.0)  # Slack waits 3 s for an ack
_SLOW = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 40.0)  # a call of Vi's is given up after 20 s
_MISSING = frozenset({*(each.value for each in Role), "channel", "second person"})
_KINDS = frozenset({"command", "action", "options", "shortcut", "event", "submission", "closing"})


def _codes(kind: type[BotError]) -> Iterator[str]:
    yield kind.code
    yield from chain.from_iterable(map(_codes, kind.__subclasses__()))


_RESULTS = frozenset({"ok", "fault", *_codes(BotError)})
_CALLS = frozenset(vars(Store))
_WAITING = (ConfirmationState.OPEN, ConfirmationState.AWAITING)


class PrometheusMeter:
    """Counts for one process, in a registry of its own. It fulfils `bot.ports.Meter`."""

    def __init__(self, version: str) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        Gauge("vi_bot_build_info", "Always 1; which version this is.", ["version"], registry=registry).labels(
            version
        ).set(1)
        self._commands = Counter(
            "vi_bot_commands_total",
            "Commands carried out, by what came of them.",
            ["command", "result"],
            registry=registry,
        )
        self._command_seconds = Histogram(
            "vi_bot_command_seconds",
            "From the command to the end of its answer.",
            ["command"],
            buckets=_SLOW,
            registry=registry,
        )
        self._ack_seconds = Histogram(
            "vi_bot_ack_seconds",
            "From a request of Slack's to its acknowledgement.",
            ["kind"],
            buckets=_QUICK,
            registry=registry,
        )
        self._vi_calls = Counter(
            "vi_bot_vi_requests_total",
            "Requests to Vi, by what came of them.",
            ["method", "outcome"],
            registry=registry,
        )
        self._vi_seconds = Histogram(
            "vi_bot_vi_request_seconds",
            "From a request to Vi to its answer.",
            ["method"],
            buckets=_SLOW,
            registry=registry,
        )
        self._vi_repeats = Counter(
            "vi_bot_vi_retries_total", "Requests to Vi that were sent again.", ["method"], registry=registry
        )
        self._entries = Counter(
            "vi_bot_audit_entries_total",
            "Entries written into the audit trail.",
            ["action", "stage"],
            registry=registry,
        )
        self._append_seconds = Histogram(
            "vi_bot_audit_append_seconds",
            "Of a transaction that appends to the audit trail.",
            buckets=_QUICK,
            registry=registry,
        )
        self._store_errors = Counter(
            "vi_bot_store_errors_total", "What the store could not do.", ["call"], registry=registry
        )
        self._refusals = Counter(
            "vi_bot_refusals_total", "Refusals, by what was missing.", ["missing"], registry=registry
        )
        self._gauges = _Gauges(registry)

    def acknowledged(self, kind: str, seconds: float) -> None:
        """A request of Slack's was acknowledged."""
        self._ack_seconds.labels(_one_of(kind, _KINDS)).observe(seconds)

    def answered(self, command: str, result: str, seconds: float) -> None:
        """A command was carried out."""
        command = _one_of(command, USAGES)
        self._commands.labels(command, _one_of(result, _RESULTS)).inc()
        self._command_seconds.labels(command).observe(seconds)

    def attempted(self, attempt: ViAttempt) -> None:
        """A request was sent to the platform."""
        outcome = "ok" if attempt.error is None else attempt.error.code
        self._vi_calls.labels(attempt.method, outcome).inc()
        self._vi_seconds.labels(attempt.method).observe(attempt.seconds)
        if attempt.is_repeat:
            self._vi_repeats.labels(attempt.method).inc()

    def appended(self, entries: Sequence[AuditEntry], seconds: float) -> None:
        """These entries were written into the trail."""
        self._append_seconds.observe(seconds)
        for each in entries:
            self._entries.labels(each.action.value, each.stage.value).inc()
            if missing := each.details.get("missing"):
                self._refusals.labels(_one_of(missing, _MISSING)).inc()

    def store_failed(self, call: str) -> None:
        """The store could not do this."""
        self._store_errors.labels(_one_of(call, _CALLS)).inc()

    def page(self, look: Look, running_work: int) -> bytes:
        """Everything, as text; how things stand is taken from this look."""
        self._gauges.set(look, running_work)
        return generate_latest(self.registry)


class _Gauges:
    """How things stand. What the store does not say is NaN: nobody knows."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._ready = Gauge("vi_bot_ready", "1 where this process can serve.", registry=registry)
        self._checks = Gauge("vi_bot_check_ok", "1 where a check found nothing wrong.", ["check"], registry=registry)
        self._open = Gauge(
            "vi_bot_open_operations", "Changes that were started and have no end, of all processes.", registry=registry
        )
        self._waiting = Gauge(
            "vi_bot_questions_waiting",
            "Questions that wait, by state, of all processes.",
            ["state"],
            registry=registry,
        )
        self._work = Gauge("vi_bot_running_work", "Tasks that this process has not finished.", registry=registry)
        self._connections = Gauge("vi_bot_slack_connections", "Open ways for Slack to reach it.", registry=registry)
        self._checkpoint = Gauge(
            "vi_bot_checkpoint_age_seconds", "Since a checkpoint was noted elsewhere.", registry=registry
        )

    def set(self, look: Look, running_work: int) -> None:
        """Take over how things stand."""
        nobody_knows = float("nan")
        self._ready.set(look.is_ready)
        for each in look.findings:
            self._checks.labels(each.name.value).set(each.ok)
        self._open.set(nobody_knows if look.open_operations is None else len(look.open_operations))
        for state in _WAITING:
            self._waiting.labels(state.value).set(nobody_knows if look.waiting is None else look.waiting[state])
        self._work.set(running_work)
        self._connections.set(look.connections)
        age = nobody_knows if look.checkpoint is None else (look.at - look.checkpoint.at).total_seconds()
        self._checkpoint.set(age)


def _one_of(label: str, known: Collection[str]) -> str:
    return label if label in known else OTHER
