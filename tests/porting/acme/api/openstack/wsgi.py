"""Re-exports, and the constants that are this service's."""

from apirouter import wsgi
from apirouter.dispatch.resource import Resource
from apirouter.wsgi import (
    Controller,
    Fault,
    ResponseObject,
    action,
    expected_errors,
    extends,
    response,
    serializers,
)

__all__ = [
    "API_VERSION_REQUEST_HEADER",
    "DEFAULT_API_VERSION",
    "Controller",
    "Fault",
    "Request",
    "Resource",
    "ResourceV21",
    "ResponseObject",
    "action",
    "expected_errors",
    "extends",
    "response",
    "serializers",
]

DEFAULT_API_VERSION = "2.1"
API_VERSION_REQUEST_HEADER = "OpenStack-API-Version"
LEGACY_API_VERSION_REQUEST_HEADER = "X-OpenStack-Acme-API-Version"

ResourceV21 = Resource


class Request(wsgi.Request):
    """The service's own request: what it looked up once stands in the environ."""

    def cache_db_items(self, key, items, item_key="id"):
        kept = self.environ.setdefault("acme.db_items", {}).setdefault(key, {})
        kept.update((item[item_key], item) for item in items)

    def get_db_item(self, key, item_key):
        return self.environ.get("acme.db_items", {}).get(key, {}).get(item_key)

    def cache_db_gadget(self, gadget):
        self.cache_db_items("gadgets", [gadget])

    def get_db_gadget(self, gadget_id):
        return self.get_db_item("gadgets", gadget_id)
