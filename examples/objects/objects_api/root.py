"""The tree: each attribute is a path segment, each exposed method an answer."""

from webob.exc import status_map

from apirouter.objectdispatch import expose, redirect
from objects_api.catalog import CatalogController
from objects_api.methods import BaseMethodController
from objects_api.rest import MyRestController
from objects_api.students import LookupTest


class RootController:
    """``/``."""

    catalog = CatalogController()
    basemethod = BaseMethodController()
    look_test = LookupTest()
    my_restcontroller = MyRestController()

    @expose(generic=True, template="index.html")
    def index(self):
        """Show the front page."""
        return {}

    @index.when(method="POST")
    def index_post(self, q):
        """Search the documentation of the original."""
        redirect(f"https://pecan.readthedocs.io/en/latest/search.html?q={q}")

    @expose("error.html")
    def error(self, status):
        """Show what an error means."""
        try:
            status = int(status)
        except ValueError:
            status = 500
        message = getattr(status_map.get(status), "explanation", "")
        return {"status": status, "message": message}
