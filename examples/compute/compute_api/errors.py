"""What the compute service refuses, each class with the words of its message.

Nothing here knows of HTTP: :func:`compute_api.controllers.common.http_errors` gives each family its status.
"""

from __future__ import annotations

from collections.abc import Iterable

from apirouter.errors import clip


class ComputeError(Exception):
    """The base of everything that the service refuses."""


class NotFound(ComputeError):
    """What was asked for does not exist, or not for this project."""


class Conflict(ComputeError):
    """The state of the server forbids it."""


class Invalid(ComputeError):
    """What was given can't be used."""


class NoProject(ComputeError):
    """Nobody's project can own what is to be made."""

    def __init__(self) -> None:
        super().__init__("A server belongs to a project: ask with a token that is scoped to one.")


class OverQuota(ComputeError):
    """The project may not have more of it."""


class ServerNotFound(NotFound):
    """No server of the project has this id.

    :param server_id: the id.
    """

    def __init__(self, server_id: str) -> None:
        super().__init__(f"Instance {clip(server_id)} could not be found.")


class FlavorNotFound(NotFound):
    """No flavor has this id.

    :param flavor_id: the id.
    """

    def __init__(self, flavor_id: str) -> None:
        super().__init__(f"Flavor {clip(flavor_id)} could not be found.")


class ImageNotFound(NotFound):
    """No image that the project sees has this id.

    :param image_id: the id.
    """

    def __init__(self, image_id: str) -> None:
        super().__init__(f"Image {clip(image_id)} could not be found.")


class ExtraSpecNotFound(NotFound):
    """The flavor has no extra spec under this key.

    :param flavor_id: the flavor.
    :param key: the key.
    """

    def __init__(self, flavor_id: str, key: str) -> None:
        super().__init__(f"Flavor {clip(flavor_id)} has no extra specs with key {clip(key)}.")


class MetadataNotFound(NotFound):
    """The server has no metadata under this key."""

    def __init__(self) -> None:
        super().__init__("Metadata item was not found")


class SnapshotNotFound(NotFound):
    """The server has no such snapshot.

    :param server_id: the server.
    :param snapshot_id: the snapshot; None when the server has none at all.
    """

    def __init__(self, server_id: str, snapshot_id: str | None = None) -> None:
        which = "no snapshot" if snapshot_id is None else f"no snapshot {clip(snapshot_id)}"
        super().__init__(f"Instance {server_id} has {which}.")


class MarkerNotFound(Invalid):
    """The page can't start after an item that does not exist.

    :param marker: the id of that item.
    """

    def __init__(self, marker: str) -> None:
        super().__init__(f"marker [{clip(marker)}] not found")


class InvalidSort(Invalid):
    """The list can't be sorted so.

    :param problem: why.
    """

    def __init__(self, problem: str) -> None:
        super().__init__(f"Unable to sort: {problem}")


class SameFlavor(Invalid):
    """A resize must change the flavor."""

    def __init__(self) -> None:
        super().__init__("When resizing, instances must change flavor!")


class FlavorTooSmall(Invalid):
    """The image needs more than the flavor has.

    :param what: ``memory`` or ``disk``.
    """

    def __init__(self, what: str) -> None:
        super().__init__(f"Flavor's {what} is too small for requested image.")


class InvalidState(Conflict):
    """The server's status forbids the action.

    :param action: what was asked.
    :param server_id: of which server.
    :param status: the status that it has.
    :param allowed: the statuses in which it could be done.
    """

    def __init__(self, action: str, server_id: str, status: str, allowed: Iterable[str]) -> None:
        super().__init__(
            f"Cannot '{action}' instance {server_id} while it is in status {status}; "
            f"it must be in {' or '.join(sorted(allowed))}"
        )


class ServerLocked(Conflict):
    """The server is locked.

    :param server_id: the server.
    """

    def __init__(self, server_id: str) -> None:
        super().__init__(f"Instance {server_id} is locked")


class Unstorable(Invalid):
    """The database has no room for a value as it is."""

    def __init__(self) -> None:
        super().__init__("A value is too long, or has a character that can't be stored.")


class MetadataLimit(OverQuota):
    """The server would have too many metadata items.

    :param limit: how many it may have.
    """

    def __init__(self, limit: int) -> None:
        super().__init__(f"Maximum number of metadata items exceeds {limit}")
