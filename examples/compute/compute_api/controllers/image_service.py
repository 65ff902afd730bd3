"""The image service's API, as far as a compute service's clients ask for it: find an image by name or id.

Clients of the compute API look images up in the image service of the same cloud. This is its version 2, read
only, on the same images as the compute API's own collection: a router of its own, with plugins of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import zip_longest
from typing import Any

from webob import exc

from apirouter import extensions, policy, validation, wsgi
from apirouter.errors import clip
from apirouter.extensions import APIExtension, ResourceExtension
from apirouter.wsgi import Request
from compute_api import compute
from compute_api.controllers.common import count_of, http_errors
from compute_api.errors import InvalidSort
from compute_api.policies import images as policies
from compute_api.schemas import image_service as schemas
from compute_api.store.images import SORT_KEYS, Filters
from compute_api.store.paging import Page
from compute_api.views import image_service as views

ALIAS = "image-service"

#: How many images a page has unless the client says, and at most.
DEFAULT_LIMIT, MAX_LIMIT = 25, 1000

#: How many properties a query may ask for.
MAX_PROPERTIES = 32

#: What the query may say that is no property of an image.
_KNOWN = frozenset(schemas.query["properties"])


class ImageServiceController(wsgi.Controller):
    """Images as the image service shows them."""

    def __init__(self) -> None:
        super().__init__()
        self.compute_api = compute.API()

    @policy.authorize(policies.POLICY_ROOT % "index")
    @extensions.expected_errors(400)
    @validation.query_schema(schemas.query)
    def index(self, req: Request) -> dict[str, Any]:
        """List the public images and the project's own."""
        page = Page(_limit(req), req.GET.get("marker") or None, _sort(req))
        with http_errors():
            images, more = self.compute_api.get_images(req.context, page, _filters(req))
        return views.index(req, images, more)

    @policy.authorize(policies.POLICY_ROOT % "show")
    @extensions.expected_errors(404)
    def show(self, req: Request, id: str) -> dict[str, Any]:
        """Show one image."""
        with http_errors():
            return views.show(self.compute_api.get_image(req.context, id))


def _limit(req: Request) -> int:
    return count_of(req.GET.get("limit", DEFAULT_LIMIT), MAX_LIMIT)


def _sort(req: Request) -> tuple[tuple[str, bool], ...]:
    """Read ``sort=name:asc,size``, or pairs of ``sort_key`` and ``sort_dir``; the default is the newest first."""
    words = [word.strip() for word in req.GET.get("sort", "").split(",") if word.strip()]
    keys, directions = req.GET.getall("sort_key"), req.GET.getall("sort_dir")
    if words and (keys or directions):
        raise exc.HTTPBadRequest(explanation="sort stands for sort_key and sort_dir: give one or the others")
    pairs = [(key, direction or "desc") for key, _, direction in (word.partition(":") for word in words)]
    if not words:
        default = (directions or ["desc"])[0]
        pairs = list(zip_longest(keys or ["created_at"], directions[: len(keys) or 1], fillvalue=default))
    columns: dict[str, bool] = {}
    for key, direction in pairs:
        if key not in SORT_KEYS:
            raise exc.HTTPBadRequest(explanation=str(InvalidSort(f"there is no key '{clip(key)}'")))
        if direction not in ("asc", "desc"):
            raise exc.HTTPBadRequest(explanation=str(InvalidSort("a direction is asc or desc")))
        columns.setdefault(SORT_KEYS[key], direction == "desc")
    return tuple(columns.items())


def _filters(req: Request) -> Filters:
    query = req.GET
    visibility = query.get("visibility", "all")
    statuses = _any_of(query.get("status"))
    properties = {key: value for key, value in query.items() if key not in _KNOWN}
    if len(properties) > MAX_PROPERTIES:
        raise exc.HTTPBadRequest(explanation=f"At most {MAX_PROPERTIES} properties can be asked for")
    return Filters(
        ids=_any_of(query.get("id")),
        names=_any_of(query.get("name"), query.get("names")),
        statuses=None if statuses is None else [status.upper() for status in statuses],
        owner=query.get("owner"),
        # What nobody shares or hides is found by nobody who looks for it.
        public={"public": True, "private": False}.get(visibility),
        nothing=visibility in ("shared", "community") or query.get("os_hidden", "false").lower() == "true",
        properties=properties,
    )


def _any_of(*texts: str | None) -> Collection[str] | None:
    """Read ``name`` or ``in:name,name``; None when there is nothing to read."""
    given = [text for text in texts if text is not None]
    if not given:
        return None
    found = {
        one.strip('"')
        for text in given
        for one in (text.removeprefix("in:").split(",") if text.startswith("in:") else [text])
    }
    if len(found) > MAX_LIMIT:
        raise exc.HTTPBadRequest(explanation=f"At most {MAX_LIMIT} values can be asked for")
    return found


class ImageService(APIExtension):
    """Images: what servers start from, as the image service shows them."""

    name = "ImageService"
    alias = ALIAS
    version = 1
    updated = "2026-11-01T00:00:00Z"

    def get_resources(self) -> Iterable[ResourceExtension]:
        """Return the collection ``images``."""
        return [ResourceExtension("images", ImageServiceController(), member_name="image")]
