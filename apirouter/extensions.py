"""What the author of a plugin imports: the plugin itself and what it brings.

A plugin is a class registered as an entry point of the service's namespace. Its resources are collections
with a controller; its controller extensions add to resources of others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from apirouter.stamps import expected_errors

__all__ = [
    "APIExtension",
    "ControllerExtension",
    "ResourceExtension",
    "V21APIExtensionBase",
    "expected_errors",
]


class ResourceExtension:
    """A collection of a service's API and the controller that answers for it.

    :param collection: the collection's name, its URL segment (``servers``).
    :param controller: the controller, an instance; None with ``inherits`` takes the inherited one's.
    :param parent: the resource above it, ``{"collection_name": "servers", "member_name": "server"}``.
    :param collection_actions: action -> HTTP method, on the collection (``{"detail": "GET"}``).
    :param member_actions: action -> HTTP method, on a member (``{"action": "POST"}``).
    :param custom_routes_fn: called with the mapper and the resource, to connect further routes.
    :param inherits: the collection whose extensions this one has too.
    :param member_name: the name of one member (``server``); the collection's when None.
    :raises TypeError: the actions are no mapping.
    """

    def __init__(
        self,
        collection: str,
        controller: Any = None,
        parent: Mapping[str, str] | None = None,
        collection_actions: Mapping[str, Any] | None = None,
        member_actions: Mapping[str, Any] | None = None,
        custom_routes_fn: Callable[[Any, Any], Any] | None = None,
        inherits: str | None = None,
        member_name: str | None = None,
    ) -> None:
        self.collection = collection
        self.controller = controller
        self.parent = parent
        self.collection_actions = _actions("collection_actions", collection_actions, collection)
        self.member_actions = _actions("member_actions", member_actions, collection)
        self.custom_routes_fn = custom_routes_fn
        self.inherits = inherits
        self.member_name = member_name

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.collection!r}, {type(self.controller).__name__})"


def _actions(argument: str, given: Any, collection: Any) -> dict[str, Any]:
    if given is not None and not isinstance(given, Mapping):
        raise TypeError(
            f"{argument} of {collection!r} is a {type(given).__name__}; write {{'name': 'GET'}}, "
            "a name and an HTTP method each"
        )
    return dict(given or {})


class ControllerExtension:
    """A controller whose actions and extensions are added to another plugin's resource.

    :param extension: the plugin that brings it.
    :param collection: the resource that it adds to.
    :param controller: the controller, an instance.
    """

    def __init__(self, extension: Any, collection: str, controller: Any) -> None:
        self.extension = extension
        self.collection = collection
        self.controller = controller

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.collection!r}, {type(self.controller).__name__})"


class APIExtension:
    """The base of a plugin.

    A subclass gives ``name``, ``alias`` and ``version``; its docstring is the description that clients see.

    :param extension_info: the registry of loaded plugins, given by the loader.
    """

    #: The name people read.
    name: str = ""
    #: The name programs use: unique in the service, part of a URL.
    alias: str = ""
    #: The version of the plugin, a number or text.
    version: Any = None
    #: An XML namespace, listed for old clients.
    namespace: str = ""
    #: When it last changed, an ISO 8601 timestamp, listed for old clients.
    updated: str = ""

    def __init__(self, extension_info: Any = None) -> None:
        self.extension_info = extension_info

    def get_resources(self) -> Iterable[ResourceExtension]:
        """Return the resources that this plugin brings."""
        return []

    def get_controller_extensions(self) -> Iterable[ControllerExtension]:
        """Return the extensions of others' resources that this plugin brings."""
        return []

    def is_valid(self) -> bool:
        """Tell whether name, alias and version are given."""
        return all(value is not None and value != "" for value in (self.name, self.alias, self.version))

    def __repr__(self) -> str:
        return f"<Extension: name={self.name}, alias={self.alias}, version={self.version}>"


#: The base under the ancestors' name.
V21APIExtensionBase = APIExtension
