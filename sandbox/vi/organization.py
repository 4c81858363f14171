"""The state of one Vi organization and the platform's rules: no network, no clock and no randomness of its own."""

import copy
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sandbox.scenarios import Project, Run, RunState, StartingState, Workflow
from sandbox.vi.collection import Collection, Resource
from sandbox.vi.documents import (
    InvalidDocumentError,
    JsonObject,
    check_attributes,
    check_flow_spec,
    check_members,
    conditions,
    is_active,
    merged,
)

_BODY = {"spec", "metadata"}


class ConflictError(Exception):
    """The platform refuses because of what else is going on; the text is for people."""


class Organization:
    """Everything in one organization: its workflows ("flows" on the wire), runs and training projects.

    `put_`, `patch_` and `delete_` are what the API does, with its rules. The methods under other names do what a
    person does in Vi's own pages, or what the platform does by itself: behind the bot's back. Documents that come
    out are copies, so nobody can change the state by accident.

    Args:
        state: what there is at the start.
        organization_id: the id in every path.
        clock: gives the present, aware.
        new_id: gives an id that was never used.
    """

    def __init__(
        self,
        state: StartingState,
        *,
        organization_id: str,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self.organization_id = organization_id
        self.name = state.organization_name
        self.flows = Collection("Flow")
        self.runs = Collection("Run")
        self.projects = Collection("TrainingProject")
        self.revision = 0
        self._clock = clock
        self._new_id = new_id
        self._created = _milliseconds(self._clock())
        self._origins: dict[str, str] = {}
        self._deleted: set[str] = set()
        for project in state.projects:
            self._seed_project(project)
        for workflow in state.workflows:
            self._seed_workflow(workflow)
        for run in state.runs:
            self._seed_run(run)

    def put_flow(self, flow_id: str, body: Any) -> Resource:
        """Create a workflow under the client's id, or replace the one that is there whole: spec and attributes.

        Raises:
            InvalidDocumentError: the body is not a flow's, or names a training project that is not here.
        """
        content = check_members("The body", body, _BODY)
        spec = check_flow_spec(content.get("spec"))
        self._check_project(spec)
        return self._write(self.flows, flow_id, {"flowId": flow_id, "spec": spec}, check_attributes(content) or {})

    def patch_flow(self, flow_id: str, body: Any) -> Resource:
        """Change what the body names, and keep the rest.

        Raises:
            NoSuchDocumentError: there is no such workflow.
            InvalidDocumentError: the workflow would not be one any more.
        """
        content = check_members("The body", body, _BODY)
        old = self.flows.get(flow_id).document
        spec = check_flow_spec(merged(old["spec"], content.get("spec", {})))
        self._check_project(spec)
        attributes = {**old["metadata"]["attributes"], **(check_attributes(content) or {})}
        return self._write(self.flows, flow_id, {**old, "spec": spec}, attributes)

    def delete_flow(self, flow_id: str) -> None:
        """Delete a workflow for good; its runs stay.

        Raises:
            NoSuchDocumentError: there is no such workflow (any more).
            ConflictError: runs are using it. The platform knows which; clients can only guess by name and project.
        """
        self.flows.get(flow_id)
        if active := self.active_runs_of(flow_id):
            raise ConflictError(
                f"This workflow cannot be deleted while runs are using it. Kill these runs first: {', '.join(active)}."
            )
        self.remove_workflow(flow_id)

    def patch_run(self, run_id: str, body: Any) -> Resource:
        """Kill a run, move it to another project, or label it: `spec` takes `killedAt` and `trainingProject` only.

        Raises:
            NoSuchDocumentError: there is no such run.
            InvalidDocumentError: the body says anything else.
            ConflictError: a run that has ended is to be killed (assumed: Vi documents only that a kill is final).
        """
        content = check_members("The body", body, _BODY)
        old = self.runs.get(run_id).document
        change = check_members("spec", content.get("spec", {}), {"killedAt", "trainingProject"})
        if not isinstance(change.get("trainingProject"), str | None):
            raise InvalidDocumentError("spec.trainingProject must be a string.")
        if "killedAt" in change:
            killed_at = change["killedAt"]
            if not isinstance(killed_at, int) or isinstance(killed_at, bool) or killed_at <= 0:
                raise InvalidDocumentError("spec.killedAt must be a time in milliseconds.")
            if not is_active(old):
                raise ConflictError("This run has ended, so it cannot be killed.")
        attributes = {**old["metadata"]["attributes"], **(check_attributes(content) or {})}
        return self._write(self.runs, run_id, {**old, "spec": merged(old["spec"], change)}, attributes)

    def add_workflow(
        self, spec: JsonObject, *, workflow_id: str | None = None, attributes: dict[str, str] | None = None
    ) -> str:
        """Create a workflow as it is, unchecked, and give its id."""
        key = workflow_id or self._new_id()
        self._write(self.flows, key, {"flowId": key, "spec": copy.deepcopy(spec)}, attributes or {})
        return key

    def change_workflow(self, workflow_id: str, spec: JsonObject) -> None:
        """Merge `spec` into a workflow's, as somebody who edits it in Vi's own pages."""
        self.patch_flow(workflow_id, {"spec": copy.deepcopy(spec)})

    def remove_workflow(self, workflow_id: str) -> None:
        """Take a workflow away, whatever is using it."""
        self.flows.remove(workflow_id)
        self._deleted.add(workflow_id)
        self.revision += 1

    def start_run(self, workflow_id: str, state: RunState = RunState.RUNNING) -> str:
        """Start a run of a workflow, and give its id."""
        run = Run(self._new_id(), workflow_id, self.flows.get(workflow_id).document["spec"], state, self._clock())
        self._seed_run(run)
        return run.id

    def finish_run(self, run_id: str, state: RunState = RunState.COMPLETED) -> None:
        """Let a run reach another state: complete, fail, or move on from the queue."""
        old = self.runs.get(run_id).document
        reached = conditions(state, old["metadata"]["timeCreated"], _milliseconds(self._clock()))
        status = {**old["status"], "conditions": reached}
        self._write(self.runs, run_id, {**old, "status": status}, old["metadata"]["attributes"])

    def kill_run(self, run_id: str) -> None:
        """Kill a run, as somebody who presses the button in Vi's own pages."""
        self.patch_run(run_id, {"spec": {"killedAt": _milliseconds(self._clock())}})

    def add_project(self, name: str, *, kind: str = "phrase-grounding") -> str:
        """Create a training project, and give its id."""
        project = Project(self._new_id(), name, kind, self._clock())
        self._seed_project(project)
        return project.id

    def workflow(self, workflow_id: str) -> JsonObject:
        """A copy of a workflow's document."""
        return copy.deepcopy(self.flows.get(workflow_id).document)

    def run(self, run_id: str) -> JsonObject:
        """A copy of a run's document."""
        return copy.deepcopy(self.runs.get(run_id).document)

    def workflow_ids(self, name: str | None = None) -> list[str]:
        """The ids of the workflows that bear this name, or of all, newest first."""
        return [each.id for each in self.flows if name is None or each.document["spec"].get("name") == name]

    def active_runs_of(self, workflow_id: str) -> list[str]:
        """The ids of the runs that were started from this workflow and have not ended, newest first."""
        return [each.id for each in self.runs if self._origins.get(each.id) == workflow_id and is_active(each.document)]

    def was_deleted(self, workflow_id: str) -> bool:
        """Whether a workflow with this id was ever deleted."""
        return workflow_id in self._deleted

    def projects_with_status(self, projects: list[Resource]) -> list[JsonObject]:
        """The documents of these projects, each with the ids of what it holds now."""
        held: dict[str, tuple[list[str], list[str]]] = {each.id: ([], []) for each in projects}
        for kind, resources in enumerate((self.flows, self.runs)):
            for each in resources:
                if (project_id := each.document["spec"].get("trainingProject")) in held:
                    held[project_id][kind].append(each.id)
        return [
            {
                **each.document,
                "status": {"flows": held[each.id][0], "runs": held[each.id][1], "runOutputs": [], "tasks": []},
            }
            for each in projects
        ]

    def document(self) -> JsonObject:
        """The organization itself, in the fields that vi-sdk reads; what they hold beyond id and name is assumed."""
        return {
            "kind": "Workspace",
            "workspaceId": self.organization_id,
            "name": self.name,
            "lastAccess": _milliseconds(self._clock()),
            "datasets": [],
            "billing": {"payer": "", "email": "", "subscriberId": "", "ledger": [], "tier": "free"},
            "users": {},
            "metadata": {"createDate": self._created, "isPublic": False},
            "features": {},
            "lockStatus": {"isLocked": False},
            "selfLink": f"/workspaces/{self.organization_id}",
            "etag": f"{self.revision:08x}",
        }

    def _check_project(self, spec: JsonObject) -> None:
        # Assumed: the platform refuses a flow for a training project that it does not have.
        project_id = spec.get("trainingProject")
        if project_id is not None and project_id not in self.projects:
            raise InvalidDocumentError(f"spec.trainingProject: there is no training project {project_id}.")

    def _seed_project(self, project: Project) -> None:
        spec = {"name": project.name, "type": project.type}
        content = {"trainingProjectId": project.id, "spec": spec}
        self._store(self.projects, project.id, content, _metadata(project.created))

    def _seed_workflow(self, workflow: Workflow) -> None:
        metadata = _metadata(
            workflow.created, workflow.updated, generation=workflow.generation, attributes=workflow.attributes
        )
        content = {**workflow.extra, "flowId": workflow.id, "spec": workflow.spec}
        self._store(self.flows, workflow.id, content, metadata)

    def _seed_run(self, run: Run) -> None:
        metadata = _metadata(run.created, run.changed)
        spec: JsonObject = {"flow": run.flow_spec}
        if (project_id := run.flow_spec.get("trainingProject")) is not None:
            spec["trainingProject"] = project_id
        if run.state is RunState.KILLED:
            spec["killedAt"] = metadata["lastUpdated"]
        status = {
            "log": f"/workspaces/{self.organization_id}/runs/{run.id}/logs",
            "observedGeneration": 1,
            "conditions": conditions(run.state, metadata["timeCreated"], metadata["lastUpdated"]),
        }
        self._origins[run.id] = run.workflow_id
        self._store(self.runs, run.id, {"runId": run.id, "spec": spec, "status": status}, metadata)

    def _write(self, where: Collection, key: str, content: JsonObject, attributes: dict[str, str]) -> Resource:
        metadata = _metadata(self._clock(), attributes=attributes)
        if key in where:
            old = where.get(key).document["metadata"]
            metadata |= {"timeCreated": old["timeCreated"], "generation": old["generation"] + 1}
        return self._store(where, key, content, metadata)

    def _store(self, where: Collection, key: str, content: JsonObject, metadata: JsonObject) -> Resource:
        self.revision += 1
        document = {
            **content,
            "kind": where.kind,
            "workspaceId": self.organization_id,
            "metadata": metadata,
            "selfLink": f"/workspaces/{self.organization_id}/{_SEGMENTS[where.kind]}/{key}",
            # Never the same twice, not even for a workflow that is deleted and made again.
            "etag": f"{self.revision:08x}",
        }
        return where.put(key, document)


def _metadata(
    created: datetime,
    updated: datetime | None = None,
    *,
    generation: int = 1,
    attributes: dict[str, str] | None = None,
) -> JsonObject:
    return {
        "timeCreated": _milliseconds(created),
        "lastUpdated": _milliseconds(updated or created),
        "generation": generation,
        "attributes": attributes or {},
    }


def _milliseconds(time: datetime) -> int:
    return int(time.timestamp() * 1000)


_SEGMENTS = {"Flow": "flows", "Run": "runs", "TrainingProject": "trainingProjects"}
