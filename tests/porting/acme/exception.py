"""The service's exceptions; those of its API layer are apirouter's."""

from apirouter.errors import (
    InvalidAPIVersionString,
    InvalidContentType,
    InvalidGlobalAPIVersion,
    MalformedRequestBody,
    PolicyNotAuthorized,
    ValidationError,
    VersionNotFoundForAPIMethod,
)

__all__ = [
    "InvalidAPIVersionString",
    "InvalidContentType",
    "InvalidGlobalAPIVersion",
    "MalformedRequestBody",
    "PolicyNotAuthorized",
    "ValidationError",
    "VersionNotFoundForAPIMethod",
]


class AcmeException(Exception):
    """The base of the service's own."""

    msg_fmt = "An unknown exception occurred."
    code = 500
    safe = False

    def __init__(self, message=None, **kwargs):
        self.kwargs = kwargs
        super().__init__(message or self.msg_fmt % kwargs)

    def format_message(self):
        return self.args[0]


class Forbidden(AcmeException):
    msg_fmt = "Forbidden"
    code = 403


class NotFound(AcmeException):
    msg_fmt = "Resource could not be found."
    code = 404


class GadgetNotFound(NotFound):
    msg_fmt = "Gadget %(gadget_id)s could not be found."


class GadgetLocked(Forbidden):
    msg_fmt = "Gadget %(gadget_id)s is locked."
