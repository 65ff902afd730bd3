"""OpenAPI 3.1 from routes and schemas alone: the document, and an application that serves it.

In an INI, beside the API in one URL map::

    [composite:main]
    use = call:apirouter.deploy.urlmap:urlmap_factory
    /v2.1 = api
    /docs = openapi

    [app:openapi]
    paste.app_factory = apirouter.openapi:app_factory
"""

from apirouter.openapi.application import OpenAPI, app_factory
from apirouter.openapi.document import document

__all__ = ["OpenAPI", "app_factory", "document"]
