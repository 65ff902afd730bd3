"""What the author of a controller imports.

``Controller`` and the decorators say what a class serves; ``Request`` and ``ResponseObject`` are what its
methods receive and may return; ``Fault`` is what they may raise.
"""

from apirouter.controller import Controller, VersionedMethod
from apirouter.faults import Fault
from apirouter.hooks import Hook
from apirouter.request import Request, ResponseObject
from apirouter.serialization import JSONSerializer, Serializer
from apirouter.stamps import action, api_version, expected_errors, extends, hook, response, serializers

__all__ = [
    "Controller",
    "Fault",
    "Hook",
    "JSONSerializer",
    "Request",
    "ResponseObject",
    "Serializer",
    "VersionedMethod",
    "action",
    "api_version",
    "expected_errors",
    "extends",
    "hook",
    "response",
    "serializers",
]
