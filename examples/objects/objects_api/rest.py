"""Methods by HTTP method and arity."""

from apirouter.objectdispatch import RestController, expose


class MyRestController(RestController):
    """``/my_restcontroller/{id}``."""

    @expose()
    def get(self, id):
        """Send the id back."""
        return id
