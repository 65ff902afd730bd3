"""One path, a method for each HTTP method."""

from apirouter.objectdispatch import expose


class BaseMethodController:
    """``/basemethod/``."""

    # HTTP GET /
    @expose(generic=True, template="json")
    def index(self):
        """Answer GET, and what has no handler."""
        return {}

    # HTTP POST /
    @index.when(method="POST", template="json")
    def index_POST(self, **kw):
        """Send the form back."""
        return kw
