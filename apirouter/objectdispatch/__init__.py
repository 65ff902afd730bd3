"""Object dispatch: an application whose URLs are a tree of objects::

    from apirouter.objectdispatch import expose, make_app

    class RootController:
        @expose("json")
        def index(self):
            return {"hello": "world"}

    application = make_app(RootController())

or from an INI: ``paste.app_factory = apirouter.objectdispatch:app_factory`` and
``root = package.module:RootController``.
"""

from apirouter.hooks import (
    Hook,
    HookController,
    RequestViewerHook,
    TransactionHook,
    after_commit,
    after_rollback,
    transactional,
)
from apirouter.objectdispatch.app import ObjectApp
from apirouter.objectdispatch.call import Request, Response
from apirouter.objectdispatch.conf import Config
from apirouter.objectdispatch.expose import accept_noncanonical, expose, route
from apirouter.objectdispatch.factories import app_factory, deploy, load_app, make_app
from apirouter.objectdispatch.jsonify import jsonify
from apirouter.objectdispatch.proxies import (
    abort,
    conf,
    context,
    override_template,
    redirect,
    render,
    request,
    response,
)
from apirouter.objectdispatch.rest import RestController
from apirouter.objectdispatch.secure import SecureController, secure, unlocked
from apirouter.objectdispatch.settings import ObjectSettings
from apirouter.stamps import hook

__all__ = [
    "Config",
    "Hook",
    "HookController",
    "ObjectApp",
    "ObjectSettings",
    "Request",
    "RequestViewerHook",
    "Response",
    "RestController",
    "SecureController",
    "TransactionHook",
    "abort",
    "accept_noncanonical",
    "after_commit",
    "after_rollback",
    "app_factory",
    "conf",
    "context",
    "deploy",
    "expose",
    "hook",
    "jsonify",
    "load_app",
    "make_app",
    "override_template",
    "redirect",
    "render",
    "request",
    "response",
    "route",
    "secure",
    "transactional",
    "unlocked",
]
