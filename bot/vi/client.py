"""The client of the platform's REST API."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import quote

from bot import __version__
from bot.domain.errors import ViError, ViNotFound, ViNotUnderstood
from bot.domain.workflow import JsonObject, Project, Run, RunId, Workflow, WorkflowId, WorkflowSummary, is_id
from bot.ports import ViAttempt
from bot.vi import wire
from bot.vi.calls import Answer, Call, Effect
from bot.vi.failures import AttemptFailed, failure_of, not_understood, unanswered, unsent
from bot.vi.retries import Limits, answered
from bot.vi.sharing import Shared
from bot.vi.transport import AnswerLost, NotSent, exchange, open_http

_logger = logging.getLogger(__name__)

_Item = TypeVar("_Item", WorkflowSummary, Run, Project)
_Value = TypeVar("_Value")


class ViClient:
    """The platform, as one organization's key sees it. Keep one for the life of the process, and close it.

    It fulfils `bot.ports.Workflows`: what its methods promise stands there.

    Args:
        endpoint: the platform's address, such as `https://api.vi.datature.com`.
        secret_key: the key; it leaves this object in the `Authorization` header only.
        organization_id: the organization that the key belongs to.
        limits: how long a person waits.
        told: called after each request with what came of it.
    """

    def __init__(
        self,
        endpoint: str,
        secret_key: str,
        organization_id: str,
        *,
        limits: Limits | None = None,
        told: Callable[[ViAttempt], object] = lambda _attempt: None,
    ) -> None:
        self._told = told
        self._organization = quote(organization_id, safe="")
        self._limits = limits or Limits()
        self._http = open_http(
            f"{endpoint.rstrip('/')}/workspaces/",
            {
                "Authorization": f"Bearer {secret_key}",
                "Organization-Id": organization_id,
                "Accept": "application/json",
                "Accept-Encoding": "gzip",
                # On bodiless requests too: the platform asks for it on every one.
                "Content-Type": "application/json",
                "User-Agent": f"vi-ops-bot/{__version__}",
            },
        )
        self._workflows = Shared(partial(self._list, "flows", wire.workflows_in))
        self._runs = Shared(partial(self._list, "runs", wire.runs_in))
        self._projects = Shared(partial(self._list, "trainingProjects", wire.projects_in))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections; no call can follow."""
        await self._http.aclose()

    async def list_workflows(self) -> Sequence[WorkflowSummary]:
        """Every workflow of the organization, newest first."""
        return await self._workflows.get()

    async def list_runs(self) -> Sequence[Run]:
        """Every run of the organization."""
        return await self._runs.get()

    async def list_projects(self) -> Sequence[Project]:
        """Every training project of the organization."""
        return await self._projects.get()

    async def get_workflow(self, workflow_id: WorkflowId) -> Workflow:
        """One workflow, whole."""
        answer = await self._ask(self._workflow_call(Effect.READS, workflow_id), self._limits.reading)
        return _understood(answer, partial(wire.workflow_in, workflow_id=workflow_id))

    def read_kept(self, document: str, workflow_id: WorkflowId) -> Workflow:
        """A workflow as a document has it that was kept; nothing is asked of the platform."""
        return wire.workflow_in(Answer(200, {}, document.encode()), workflow_id)

    async def write_workflow(self, workflow_id: WorkflowId, spec: JsonObject, attributes: Mapping[str, str]) -> None:
        """Write a workflow whole, under an id that was just looked at.

        The platform replaces whatever has this id. So the request may be sent again, and the id must have been seen
        free, or its workflow compared with the one that a person agreed to write over.
        """
        body = wire.written(spec, attributes)
        await self._ask(self._workflow_call(Effect.WRITES, workflow_id, body), self._limits.creating)

    async def delete_workflow(self, workflow_id: WorkflowId) -> str:
        """Delete a workflow: sent again only where the platform certainly did nothing."""
        answer = await self._ask(self._workflow_call(Effect.DELETES, workflow_id), self._limits.deleting)
        return answer.trace_id

    async def get_run(self, run_id: RunId) -> Run:
        """One run."""
        answer = await self._ask(self._run_call(Effect.READS, run_id), self._limits.reading)
        return _understood(answer, partial(wire.run_in, run_id=run_id))

    async def kill_run(self, run_id: RunId, at: datetime) -> str:
        """Stop a run for good: sent again only where the platform certainly did nothing."""
        call = self._run_call(Effect.STOPS, run_id, wire.killing(at))
        return (await self._ask(call, self._limits.deleting)).trace_id

    async def ping(self) -> None:
        """Ask for the organization itself."""
        call = Call(Effect.READS, self._organization, "organization")
        _understood(await self._ask(call, self._limits.reading), wire.expect_object)

    def _workflow_call(self, effect: Effect, workflow_id: WorkflowId, content: bytes = b"") -> Call:
        # What is no id might name anything else once it stands in a URL.
        if not is_id(workflow_id):
            raise ViNotFound("Vi has no such workflow.")
        path = f"{self._organization}/flows/{quote(workflow_id, safe='')}"
        return Call(effect, path, "workflow", content=content)

    def _run_call(self, effect: Effect, run_id: RunId, content: bytes = b"") -> Call:
        if not is_id(run_id):
            raise ViNotFound("Vi has no such run.")
        return Call(effect, f"{self._organization}/runs/{quote(run_id, safe='')}", "run", content=content)

    async def _list(self, collection: str, decode: Callable[[Answer], Sequence[_Item]]) -> Sequence[_Item]:
        """All pages of a list, in the order of the platform.

        How many items a page holds is the platform's business: the list ends where no next page is named. An item
        that moved onto a later page meanwhile is listed once.
        """
        deadline = _now() + self._limits.listing
        items: dict[str, _Item] = {}
        tokens: set[str] = set()
        upcoming = asyncio.create_task(self._page(collection, None, deadline))
        try:
            while True:
                answer = await upcoming
                token = _understood(answer, wire.next_page)
                if token is not None:
                    if token in tokens or len(tokens) + 1 >= self._limits.pages:
                        raise _logged(not_understood(answer))
                    tokens.add(token)
                    upcoming = asyncio.create_task(self._page(collection, token, deadline))
                    # Decoding holds the event loop: the request for the next page has to be on its way before.
                    await asyncio.sleep(0)
                for item in _understood(answer, decode):
                    items.setdefault(item.id, item)
                if token is None:
                    return tuple(items.values())
        finally:
            upcoming.cancel()
            await asyncio.gather(upcoming, return_exceptions=True)

    async def _page(self, collection: str, token: str | None, deadline: float) -> Answer:
        parameters = {"s": str(self._limits.page_size)} | ({} if token is None else {"p": token})
        call = Call(Effect.READS, f"{self._organization}/{collection}", "organization", parameters)
        return await self._ask_until(call, deadline)

    async def _ask(self, call: Call, seconds: float) -> Answer:
        return await self._ask_until(call, _now() + seconds)

    async def _ask_until(self, call: Call, deadline: float) -> Answer:
        sent = 0

        async def attempt() -> Answer:
            nonlocal sent
            sent += 1
            began = time.perf_counter()

            def tell(error: ViError | None) -> None:
                seconds = time.perf_counter() - began
                self._told(ViAttempt(call.effect.value, seconds, error, is_repeat=sent > 1))

            try:
                answer = await self._attempt(call, deadline)
            except AttemptFailed as failure:
                tell(failure.error)
                raise
            tell(None)
            return answer

        return await answered(call, attempt, limits=self._limits, deadline=deadline)

    async def _attempt(self, call: Call, deadline: float) -> Answer:
        silence = None if call.effect in {Effect.DELETES, Effect.STOPS} else self._limits.silence
        try:
            async with asyncio.timeout_at(deadline):
                answer = await exchange(self._http, call, connect=self._limits.connect, silence=silence)
        except NotSent as error:
            raise unsent() from error
        except (AnswerLost, TimeoutError) as error:
            raise unanswered(call) from error
        if failure := failure_of(call, answer):
            raise failure
        return answer


def _now() -> float:
    return asyncio.get_running_loop().time()


def _understood(answer: Answer, decode: Callable[[Answer], _Value]) -> _Value:
    try:
        return decode(answer)
    except ViNotUnderstood as error:
        raise _logged(error) from None


def _logged(error: ViNotUnderstood) -> ViNotUnderstood:
    _logger.warning("%s (status %d, trace %s) %s", error.sentence, error.status, error.trace_id, error.excerpt)
    return error
