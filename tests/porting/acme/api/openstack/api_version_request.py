"""Re-exports, and the versions that are this service's."""

from apirouter.microversion import APIVersionRequest, is_supported

__all__ = ["APIVersionRequest", "is_supported", "max_api_version", "min_api_version"]

_MIN_API_VERSION = "2.1"
_MAX_API_VERSION = "2.12"
DEFAULT_API_VERSION = _MIN_API_VERSION


def min_api_version():
    return APIVersionRequest(_MIN_API_VERSION)


def max_api_version():
    return APIVersionRequest(_MAX_API_VERSION)
