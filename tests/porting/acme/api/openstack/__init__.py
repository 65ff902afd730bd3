"""Re-exports, and this service's router: settings alone."""

from acme.api.openstack import wsgi
from apirouter.filters.faultwrap import FaultWrapper
from apirouter.filters.legacy_v2_compatible import LegacyV2CompatibleWrapper
from apirouter.routing.mapper import APIMapper, PlainMapper, ProjectMapper
from apirouter.routing.router import APIRouter

__all__ = [
    "APIMapper",
    "APIRouterV21",
    "FaultWrapper",
    "LegacyV2CompatibleWrapper",
    "PlainMapper",
    "ProjectMapper",
]


class APIRouterV21(APIRouter):
    """The service's API."""

    service_type = "compute"
    default_fault = "computeFault"
    min_version = "2.1"
    max_version = "2.12"
    legacy_version_header = wsgi.LEGACY_API_VERSION_REQUEST_HEADER
    context_key = "acme.context"
    media_types = "application/json application/vnd.openstack.compute+json"
    exceptions = "acme.exception:Forbidden=403"
    request_class = wsgi.Request

    @staticmethod
    def api_extension_namespace():
        return "acme.api.v21.extensions"
