"""What an extension declares of its resource: its parent, its names, its actions' methods.

Wrong ones are refused before any route is made of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apirouter.errors import PluginError, suggest

#: The HTTP methods of RFC 9110 and RFC 5789.
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"))


def check_methods(key: str, actions: Mapping[str, Any]) -> None:
    """Refuse a named action whose HTTP method is none: a route that no request would take.

    :param key: the resource, for people.
    :param actions: name -> the method.
    :raises PluginError: there is no such method, or it is not one.
    """
    for name, method in actions.items():
        if not isinstance(method, str):
            raise PluginError(
                f"{key} names the action '{name}' with the HTTP method {method!r}, which is no text",
                fix="write actions as {'name': 'GET'}, a name and one HTTP method each",
            )
        if method.upper() == "ANY":
            # Routes has this word too, and makes of it a method that no request has.
            raise PluginError(
                f"{key} names the action '{name}' with the HTTP method '{method}': an action has one",
                fix="write the method, or connect a route without one in custom_routes_fn",
            )
        if method.upper() not in _METHODS:
            raise PluginError(
                f"{key} names the action '{name}' with the HTTP method '{method}', which there is not",
                fix=suggest(method.upper(), _METHODS),
            )


def check_parent(extension: Any) -> None:
    """Refuse a parent whose collection and member are not both named in text.

    :param extension: the ResourceExtension.
    :raises PluginError: it has such a parent.
    """
    parent = extension.parent
    if parent is None:
        return
    missing = [
        k for k in ("collection_name", "member_name") if not isinstance(parent, Mapping) or k not in parent
    ]
    if missing:
        raise PluginError(
            f"the parent of collection '{extension.collection}' has no {missing[0]}",
            fix="write parent={'collection_name': 'servers', 'member_name': 'server'}",
        )
    names = parent["collection_name"], parent["member_name"]
    if not (all(isinstance(name, str) and name for name in names) and names[1].isidentifier()):
        raise PluginError(
            f"the parent of collection '{extension.collection}' is named {names[0]!r} and {names[1]!r}",
            fix="name both in text, the member as a variable of a path: 'servers' and 'server'",
        )


def check_names(extension: Any) -> None:
    """Refuse names that are no text: of a member, and of its actions.

    :param extension: the ResourceExtension.
    :raises PluginError: it has such a name.
    """
    member = extension.member_name
    if member is not None and not isinstance(member, str):
        raise PluginError(
            f"the member of collection '{extension.collection}' is named {member!r}",
            fix="name it in text: 'server'; or leave it out",
        )
    for action in (*extension.collection_actions, *extension.member_actions):
        if not isinstance(action, str) or not action:
            raise PluginError(
                f"collection '{extension.collection}' names an action {action!r}",
                fix="write actions as {'name': 'GET'}, a name and an HTTP method each",
            )
