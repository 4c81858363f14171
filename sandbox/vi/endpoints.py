"""The endpoints of the Vi API: what each takes and answers."""

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any

from aiohttp import web

from sandbox.vi.collection import BadPageTokenError, Collection, NoSuchDocumentError, Resource
from sandbox.vi.documents import InvalidDocumentError, JsonObject, is_id
from sandbox.vi.organization import ConflictError, Organization

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_Encoder = Callable[[list[Resource]], list[bytes]]

_PAGE_SIZE = re.compile(r"[0-9]{1,4}")
_DEFAULT_PAGE_SIZE = 10
_LARGEST_PAGE = 1000


class MalformedRequestError(Exception):
    """A request that cannot be read: its id, its paging or its body."""


class UnauthorizedError(Exception):
    """The secret key is missing, or is not this organization's."""


class ForbiddenError(Exception):
    """The secret key has no right to the organization that the request names."""


_STATUS: Mapping[type[Exception], int] = {
    MalformedRequestError: 400,
    BadPageTokenError: 400,
    UnauthorizedError: 401,
    ForbiddenError: 403,
    NoSuchDocumentError: 404,
    ConflictError: 409,
    # Assumed: 400 is for what cannot be read, 422 for what can be read and is not acceptable.
    InvalidDocumentError: 422,
}


class ListPage(web.Response):
    """A page of a list. As long as the organization is at the same revision, the same URL gives the same page."""

    def __init__(self, body: bytes, *, url: str, revision: int) -> None:
        super().__init__(body=body, content_type="application/json")
        self.url = url
        self.revision = revision


class Endpoints:
    """The API of one organization.

    Args:
        organization: whose state is read and changed.
        secret_key: the only one that is right.
    """

    def __init__(self, organization: Organization, secret_key: str) -> None:
        self._organization = organization
        self._authorization = f"Bearer {secret_key}"

    def routes(self) -> list[web.RouteDef]:
        """All routes. Their paths name the organization `org` and the document `id`."""
        org = self._organization
        lists: Mapping[str, tuple[Collection, _Encoder]] = {
            "flows": (org.flows, _whole),
            "simpleFlows": (org.flows, _light("flowId", lambda spec: spec.get("name"))),
            "runs": (org.runs, _whole),
            # Assumed: a run is called what its flow is called.
            "simpleRuns": (org.runs, _light("runId", lambda spec: spec["flow"].get("name"))),
            "trainingProjects": (org.projects, self._projects),
        }
        return [
            _get("", self._get_organization),
            *(_get(f"/{path}", self._lister(*what)) for path, what in lists.items()),
            _get("/flows/{id}", self._getter(org.flows, _whole)),
            _get("/runs/{id}", self._getter(org.runs, _whole)),
            _get("/trainingProjects/{id}", self._getter(org.projects, self._projects)),
            web.put("/workspaces/{org}/flows/{id}", self._put_flow),
            web.patch("/workspaces/{org}/flows/{id}", self._patch_flow),
            web.delete("/workspaces/{org}/flows/{id}", self._delete_flow),
            web.patch("/workspaces/{org}/runs/{id}", self._patch_run),
        ]

    @web.middleware
    async def refuse(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Check who asks, and say in JSON why a request is refused."""
        try:
            self._authorize(request)
            return await handler(request)
        except web.HTTPException as refusal:
            return _error(refusal.status, f"{refusal.reason}: {request.method} {request.path}")
        except tuple(_STATUS) as refusal:
            return _error(_STATUS[type(refusal)], str(refusal))

    def _authorize(self, request: web.Request) -> None:
        if request.headers.get("Authorization") != self._authorization:
            raise UnauthorizedError("The secret key is not valid.")
        asked_for = request.match_info.get("org", self._organization.organization_id)
        if {asked_for, request.headers.get("Organization-Id")} != {self._organization.organization_id}:
            raise ForbiddenError("The secret key has no access to this organization.")

    async def _get_organization(self, _request: web.Request) -> web.Response:
        return web.json_response(self._organization.document())

    def _lister(self, collection: Collection, encode: _Encoder) -> Handler:
        async def give_page(request: web.Request) -> web.Response:
            page = collection.page(request.query.get("p"), _page_size(request))
            links = {"nextPage": page.next_token, "prevPage": page.previous_token}
            body = b'{"items":[' + b",".join(encode(page.items)) + b"]," + json.dumps(links).encode()[1:]
            return ListPage(body, url=request.path_qs, revision=self._organization.revision)

        return give_page

    def _getter(self, collection: Collection, encode: _Encoder) -> Handler:
        async def give_document(request: web.Request) -> web.Response:
            return _documents(encode([collection.get(_id(request))]))

        return give_document

    def _projects(self, projects: list[Resource]) -> list[bytes]:
        return [json.dumps(each).encode() for each in self._organization.projects_with_status(projects)]

    async def _put_flow(self, request: web.Request) -> web.Response:
        flow_id = _id(request)
        return _documents([self._organization.put_flow(flow_id, await _body(request)).encoded()])

    async def _patch_flow(self, request: web.Request) -> web.Response:
        flow_id = _id(request)
        return _documents([self._organization.patch_flow(flow_id, await _body(request)).encoded()])

    async def _patch_run(self, request: web.Request) -> web.Response:
        run_id = _id(request)
        return _documents([self._organization.patch_run(run_id, await _body(request)).encoded()])

    async def _delete_flow(self, request: web.Request) -> web.Response:
        self._organization.delete_flow(_id(request))
        # Documented: success has an empty body. Assumed: its status.
        return web.Response(status=HTTPStatus.NO_CONTENT)


def _get(path: str, handler: Handler) -> web.RouteDef:
    return web.get(f"/workspaces/{{org}}{path}", handler, allow_head=False)


def _whole(resources: list[Resource]) -> list[bytes]:
    return [each.encoded() for each in resources]


def _light(id_name: str, name_of: Callable[[JsonObject], Any]) -> _Encoder:
    def encode(resources: list[Resource]) -> list[bytes]:
        return [json.dumps({id_name: each.id, "name": name_of(each.document["spec"])}).encode() for each in resources]

    return encode


def _documents(encoded: list[bytes]) -> web.Response:
    return web.Response(body=encoded[0], content_type="application/json")


def _error(status: int, message: str) -> web.Response:
    return web.json_response({"message": message}, status=status)


def _id(request: web.Request) -> str:
    text = request.match_info["id"]
    if not is_id(text):
        raise MalformedRequestError("An id is 1 to 255 letters, digits, _ or -.")
    return text


def _page_size(request: web.Request) -> int:
    text = request.query.get("s", str(_DEFAULT_PAGE_SIZE))
    if not _PAGE_SIZE.fullmatch(text) or not 1 <= int(text) <= _LARGEST_PAGE:
        raise MalformedRequestError(f"The page size s is a number from 1 to {_LARGEST_PAGE}.")
    return int(text)


async def _body(request: web.Request) -> Any:
    try:
        document = json.loads(await request.read())
        # Python reads NaN and 1e999, which are not JSON's: what cannot be sent back is not accepted.
        json.dumps(document, allow_nan=False)
    except (ValueError, RecursionError):
        raise MalformedRequestError("The body is not JSON.") from None
    return document
