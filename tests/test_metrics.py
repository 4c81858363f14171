"""What Prometheus reads: its own parser understands it, and labels come from closed sets alone."""

import math

import pytest
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from bot.domain.audit import Action, AuditEntry, EntryId, OperationId, Origin, Receipt, Stage, Subject
from bot.domain.checkpoint import Checkpoint
from bot.domain.confirmation import ConfirmationState
from bot.domain.errors import ViUnreachable
from bot.metrics import PrometheusMeter
from bot.operations.readiness import Check, Finding, Look
from bot.ports import ViAttempt
from tests.values import NOON

LOOK = Look(NOON, (Finding(Check.STORE, ok=True, sentence="Fine."), Finding(Check.VI, ok=False, sentence="No.")))


def read(meter: PrometheusMeter, look: Look = LOOK) -> dict[str, Metric]:
    return {each.name: each for each in text_string_to_metric_families(meter.page(look, 3).decode())}


def value(page: dict[str, Metric], family: str, **labels: str) -> float:
    (found,) = [
        sample.value
        for sample in page[family].samples
        if sample.labels == labels and not sample.name.endswith(("_created", "_bucket", "_sum"))
    ]
    return found


def entry(stage: Stage, **details: str) -> AuditEntry:
    return AuditEntry(
        id=EntryId("e"),
        operation_id=OperationId("o"),
        at=NOON,
        stage=stage,
        action=Action.DELETE,
        actor=Subject("person", "U0OMAR", name="Omar Haddad"),
        origin=Origin("command"),
        details=details,
    )


def test_everything_is_counted_and_timed() -> None:
    meter = PrometheusMeter("1.2.3")
    meter.acknowledged("command", 0.002)
    meter.answered("list", "ok", 0.3)
    meter.answered("list", "vi_unreachable", 0.3)
    meter.attempted(ViAttempt("GET", 0.2, None, is_repeat=False))
    meter.attempted(ViAttempt("GET", 0.2, ViUnreachable("No."), is_repeat=True))
    meter.appended([entry(Stage.REQUESTED), entry(Stage.DENIED, missing="operator")], 0.004)
    meter.store_failed("record")
    page = read(meter)
    assert value(page, "vi_bot_ack_seconds", kind="command") == 1
    assert value(page, "vi_bot_commands", command="list", result="ok") == 1
    assert value(page, "vi_bot_commands", command="list", result=ViUnreachable.code) == 1
    assert value(page, "vi_bot_command_seconds", command="list") == 2
    assert value(page, "vi_bot_vi_requests", method="GET", outcome="ok") == 1
    assert value(page, "vi_bot_vi_requests", method="GET", outcome=ViUnreachable.code) == 1
    assert value(page, "vi_bot_vi_request_seconds", method="GET") == 2
    assert value(page, "vi_bot_vi_retries", method="GET") == 1
    assert value(page, "vi_bot_audit_entries", action="vi.workflow.delete", stage="denied") == 1
    assert value(page, "vi_bot_audit_append_seconds") == 1
    assert value(page, "vi_bot_refusals", missing="operator") == 1
    assert value(page, "vi_bot_store_errors", call="record") == 1
    assert value(page, "vi_bot_build_info", version="1.2.3") == 1
    assert value(page, "vi_bot_running_work") == 3
    assert value(page, "vi_bot_ready") == 1
    assert value(page, "vi_bot_check_ok", check="store") == 1
    assert value(page, "vi_bot_check_ok", check="vi") == 0


def test_what_the_store_does_not_say_is_not_a_number_and_what_it_says_is() -> None:
    meter = PrometheusMeter("1")
    page = read(meter)
    names = ("vi_bot_open_operations", "vi_bot_checkpoint_age_seconds")
    assert all(math.isnan(value(page, name)) for name in names)
    waiting = {ConfirmationState.OPEN: 4, ConfirmationState.AWAITING: 1}
    noted = Checkpoint("org", Receipt(1, "a" * 64), NOON)
    page = read(meter, Look(NOON, (), (entry(Stage.STARTED),), waiting, noted, 2))
    assert value(page, "vi_bot_open_operations") == 1
    assert value(page, "vi_bot_questions_waiting", state="awaiting") == 1
    assert value(page, "vi_bot_checkpoint_age_seconds") == 0
    assert value(page, "vi_bot_slack_connections") == 2


def test_words_that_somebody_made_up_make_no_series_and_no_name_gets_in() -> None:
    meter = PrometheusMeter("1")
    meter.answered("Omar's workflow", "Omar", 1)
    meter.acknowledged("Omar", 1)
    meter.appended([entry(Stage.DENIED, missing="Omar")], 1)
    meter.store_failed("Omar")
    text = meter.page(LOOK, 0).decode()
    assert "Omar" not in text
    assert text.count('="other"') >= 4


@pytest.mark.parametrize("family", read(PrometheusMeter("1")).values(), ids=lambda family: family.name)
def test_each_name_has_a_unit_or_is_a_count_and_each_is_explained(family: Metric) -> None:
    assert family.name.startswith(("vi_bot_", "process_"))
    assert family.documentation.endswith(".")
    assert family.type != "histogram" or family.name.endswith("_seconds")


def test_two_meters_share_nothing() -> None:
    PrometheusMeter("1").store_failed("record")
    assert 'call="record"' not in PrometheusMeter("1").page(LOOK, 0).decode()
