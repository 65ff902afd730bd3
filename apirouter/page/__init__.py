"""A page for people: what one running service is made of, and how it is.

In an INI, beside the API in one URL map::

    [composite:main]
    use = call:apirouter.deploy.urlmap:urlmap_factory
    /v2.1 = api
    /_apirouter = page

    [app:page]
    paste.app_factory = apirouter.page:app_factory

It tells much of a service, so it is off unless mounted, and belongs behind authentication, or on a mount that
only operators reach.
"""

from apirouter.page.application import Page, app_factory

__all__ = ["Page", "app_factory"]
