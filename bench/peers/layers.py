"""Collections of the library's that differ in one thing each, for what each layer of a request costs."""

from __future__ import annotations

from typing import Any

from apirouter import APIRouter, Settings, extensions, validation, wsgi
from bench.peers import ours, work
from bench.schemas import CREATE


class Empty(wsgi.Controller):
    """Returns nothing."""

    @wsgi.response(204)
    def show(self, req: Any, id: str) -> None:
        """Show nothing."""


class Plain(wsgi.Controller):
    """Returns documents; nothing extends or checks them."""

    def show(self, req: Any, id: str) -> Any:
        """Show the whole document."""
        return work.extend(work.shown("plain", id))

    @wsgi.response(202)
    def create(self, req: Any, body: Any) -> Any:
        """Make a thing, unchecked."""
        return work.created("plain", body)


class Extended(wsgi.Controller):
    """Returns the document that :class:`Tags` extends."""

    def show(self, req: Any, id: str) -> Any:
        """Show the document."""
        return work.shown("plain", id)


class Tags(wsgi.Controller):
    """Extends the document of :class:`Extended`."""

    @wsgi.extends
    def show(self, req: Any, resp_obj: Any, id: str) -> None:
        """Add tags."""
        work.extend(resp_obj.obj)


class Versioned(wsgi.Controller):
    """Returns the whole document to later versions."""

    @wsgi.api_version("2.1", "2.4")
    def show(self, req: Any, id: str) -> Any:
        """Show less."""
        return work.shown("plain", id)

    @wsgi.api_version("2.5")
    def show(self, req: Any, id: str) -> Any:  # noqa: F811
        """Show the whole document."""
        return work.extend(work.shown("plain", id))


class Checked(wsgi.Controller):
    """Checks the body of what it makes."""

    @wsgi.response(202)
    @validation.schema(CREATE)
    def create(self, req: Any, body: Any) -> Any:
        """Make a thing."""
        return work.created("plain", body)


class Layers(extensions.APIExtension):
    """Collections that differ in one thing each."""

    name, alias, version = "Layers", "layers", 1

    def get_resources(self) -> Any:
        """Return the collections."""
        kinds = {"empty": Empty, "plain": Plain, "extended": Extended, "later": Versioned, "checked": Checked}
        return [extensions.ResourceExtension(name, kind()) for name, kind in kinds.items()]

    def get_controller_extensions(self) -> Any:
        """Return the extension of one."""
        return [extensions.ControllerExtension(self, "extended", Tags())]


def router(size: int) -> Any:
    """Return a router of these collections and the whole table.

    :param size: how many resources beside these.
    """
    settings = Settings.from_conf(
        {
            "service_type": work.SERVICE,
            "min_version": "2.1",
            "max_version": "2.90",
            "context_key": "nova.context",
        }
    )
    return APIRouter(settings, plugins=[*ours.plugins(size).values(), Layers])
