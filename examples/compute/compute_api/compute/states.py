"""The statuses of a server, and which action may be done in which."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from compute_api.errors import InvalidState, ServerLocked
from compute_api.store.servers import Server

ACTIVE, SHUTOFF, VERIFY_RESIZE, ERROR = "ACTIVE", "SHUTOFF", "VERIFY_RESIZE", "ERROR"

#: action -> the statuses in which it may be done; whatever is absent may always be done.
ALLOWED: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "reboot": frozenset((ACTIVE,)),
        "hard reboot": frozenset((ACTIVE, SHUTOFF, ERROR)),
        "resize": frozenset((ACTIVE, SHUTOFF)),
        "confirmResize": frozenset((VERIFY_RESIZE,)),
        "revertResize": frozenset((VERIFY_RESIZE,)),
        "createImage": frozenset((ACTIVE, SHUTOFF)),
        "rollbackSnapshot": frozenset((ACTIVE, SHUTOFF, ERROR)),
        "os-start": frozenset((SHUTOFF,)),
        "os-stop": frozenset((ACTIVE, ERROR)),
    }
)

#: status -> vm_state and power_state, as ``OS-EXT-STS`` shows them.
EXTENDED: Mapping[str, tuple[str, int]] = MappingProxyType(
    {ACTIVE: ("active", 1), SHUTOFF: ("stopped", 4), VERIFY_RESIZE: ("resized", 1), ERROR: ("error", 0)}
)


def check(server: Server, action: str, *, is_admin: bool) -> None:
    """Refuse an action that the server's state forbids.

    :param server: the server as it is, read in the transaction that will change it.
    :param action: the action's name.
    :param is_admin: whether an administrator asks: a lock doesn't stop one.
    :raises ServerLocked: it is locked.
    :raises InvalidState: its status forbids the action.
    """
    if server.locked and not is_admin:
        raise ServerLocked(server.id)
    allowed = ALLOWED.get(action)
    if allowed is not None and server.status not in allowed:
        raise InvalidState(action, server.id, server.status, allowed)
