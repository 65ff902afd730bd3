"""Factories that have moved since a former version of the package that has them.

Operators keep their INI through upgrades; the names below are found in such files.
"""

from __future__ import annotations

import re
from types import MappingProxyType

#: Former dotted name -> the present one.
FORMER = MappingProxyType(
    {
        "keystone.middleware.auth_token:filter_factory": "keystonemiddleware.auth_token:filter_factory",
        "keystoneclient.middleware.auth_token:filter_factory": "keystonemiddleware.auth_token:filter_factory",
        "keystoneclient.middleware.s3_token:filter_factory": "keystonemiddleware.s3_token:filter_factory",
        "keystonemiddleware.audit.audit:filter_factory": "keystonemiddleware.audit:filter_factory",
        "nova.api.openstack.compute:APIRouter.factory": "nova.api.openstack.compute:APIRouterV21.factory",
        "nova.api.openstack.compute:APIRouterV3.factory": "nova.api.openstack.compute:APIRouterV21.factory",
        "nova.api.openstack.compute.plugins.v3:APIRouterV3.factory": (
            "nova.api.openstack.compute:APIRouterV21.factory"
        ),
        "nova.api.sizelimit:RequestBodySizeLimiter.factory": "oslo_middleware:RequestBodySizeLimiter.factory",
        "cinder.api.middleware.sizelimit:RequestBodySizeLimiter.factory": (
            "oslo_middleware:RequestBodySizeLimiter.factory"
        ),
        "cinder.openstack.common.middleware.request_id:RequestIdMiddleware.factory": (
            "oslo_middleware:RequestId.factory"
        ),
        "nova.openstack.common.middleware.request_id:RequestIdMiddleware.factory": (
            "oslo_middleware:RequestId.factory"
        ),
        "oslo_middleware.ssl:SSLMiddleware.factory": (
            "oslo_middleware.http_proxy_to_wsgi:HTTPProxyToWSGI.factory"
        ),
        "oslo_middleware:SSLMiddleware.factory": "oslo_middleware:HTTPProxyToWSGI.factory",
    }
)
#: The namespace package that became a module.
_NAMESPACE = re.compile(r"oslo\.middleware\b")


def renamed(expression: str) -> str:
    """Return the present name of a factory, nothing when its name is not known to be a former one.

    :param expression: ``module:name`` as an INI has it.
    """
    name = _NAMESPACE.sub("oslo_middleware", expression.strip())
    present = FORMER.get(name, name)
    return present if present != expression.strip() else ""
