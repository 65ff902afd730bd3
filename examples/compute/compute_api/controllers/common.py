"""What the controllers share: errors as statuses, references, pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from webob import exc

from apirouter.errors import clip
from compute_api import compute, errors
from compute_api.store.paging import Page

if TYPE_CHECKING:
    from apirouter.wsgi import Request
    from compute_api.store.servers import Server

_SERVER = "compute_api.server"

#: The most that one page of a list has.
MAX_LIMIT = 1000


@contextmanager
def http_errors(*, missing: type[exc.HTTPClientError] = exc.HTTPNotFound) -> Iterator[None]:
    """Turn what the service refuses into the HTTP error that says so.

    :param missing: what becomes of :class:`.errors.NotFound`: a 404 for what the URL names, a 400 for what
        the body refers to.
    """
    try:
        yield
    except errors.ServerNotFound as error:
        raise exc.HTTPNotFound(explanation=str(error)) from error
    except errors.NotFound as error:
        raise missing(explanation=str(error)) from error
    except errors.Conflict as error:
        raise exc.HTTPConflict(explanation=str(error)) from error
    except (errors.OverQuota, errors.NoProject) as error:
        raise exc.HTTPForbidden(explanation=str(error)) from error
    except errors.Invalid as error:
        raise exc.HTTPBadRequest(explanation=str(error)) from error


def owner_of(req: Request, id: str = "", server_id: str = "", **_: Any) -> dict[str, str]:
    """Return whose the server of a request is: the target of the policy rule of what is done to it.

    :param id: the server's id, in the URL of a server.
    :param server_id: the server's id, in a URL below a server.
    :raises webob.exc.HTTPNotFound: the context sees no such server.
    """
    with http_errors():
        server = compute.API().get(req.context, server_id or id)
    req.environ[_SERVER] = server
    return server.owner


def server_of(req: Request) -> Server:
    """Return the server that :func:`owner_of` found for this request."""
    server: Server = req.environ[_SERVER]
    return server


def id_of(ref: str | int) -> str:
    """Return the id that a reference names: the last segment of a URL, or the id itself."""
    return str(ref).rstrip("/").rpartition("/")[2]


def count_of(value: str | int, most: int) -> int:
    """Return the number that a schema let pass, as an integer or its digits; at most ``most``."""
    # Python refuses to read thousands of digits; no one means them.
    digits = str(value).lstrip("0") or "0"
    return most if len(digits) > len(str(most)) else min(int(digits), most)


def page_of(req: Request, keys: Mapping[str, str], default: tuple[tuple[str, bool], ...] = ()) -> Page:
    """Read the page that a request asks for.

    :param req: a request whose query has been checked.
    :param keys: what the list may be sorted by: the name in the query -> the column.
    :param default: columns, and whether they descend, when the query doesn't say.
    :raises webob.exc.HTTPBadRequest: the list can't be sorted by that key.
    """
    limit = count_of(req.GET.get("limit", MAX_LIMIT), MAX_LIMIT)
    directions = req.GET.getall("sort_dir")
    sort: list[tuple[str, bool]] = []
    for number, key in enumerate(req.GET.getall("sort_key")):
        if key not in keys:
            problem = f"there is no key '{clip(key)}'; known: {', '.join(sorted(keys))}"
            raise exc.HTTPBadRequest(explanation=str(errors.InvalidSort(problem)))
        direction = directions[number] if number < len(directions) else (directions or ["desc"])[-1]
        if keys[key] not in dict(sort):
            sort.append((keys[key], direction == "desc"))
    if not sort and directions:
        sort = [(column, directions[0] == "desc") for column, _ in default]
    return Page(limit, req.GET.get("marker") or None, tuple(sort) or default)
