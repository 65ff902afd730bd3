"""What the views share: times, links, and the link to the next page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

if TYPE_CHECKING:
    from apirouter.wsgi import Request


def timestamp(time: datetime) -> str:
    """Return a time as ISO 8601 in UTC, to the second."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def bookmark(req: Request, collection: str, member_id: str) -> dict[str, Any]:
    """Return a reference to a member of another collection: its id and where it is, without a version."""
    links = [link for link in req.links(collection, id=member_id) if link["rel"] == "bookmark"]
    return {"id": member_id, "links": links}


def collection(req: Request, name: str, members: Sequence[dict[str, Any]], more: bool) -> dict[str, Any]:
    """Return a page of a collection, with the link to the next page when there is one.

    :param req: the request: the next page is at its own URL, with another marker.
    :param name: the collection's name, the key of the page.
    :param members: what the page has.
    :param more: whether there is a next page.
    """
    page: dict[str, Any] = {name: list(members)}
    if more and members:
        query = [(key, value) for key, value in req.GET.items() if key != "marker"]
        href = f"{req.path_url}?{urlencode([*query, ('marker', members[-1]['id'])])}"
        page[f"{name}_links"] = [{"rel": "next", "href": href}]
    return page
