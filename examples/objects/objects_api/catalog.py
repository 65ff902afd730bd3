"""Objects in objects: ``/catalog/``, ``/catalog/books/bestsellers``."""

from apirouter.objectdispatch import expose


class BooksController:
    """``/catalog/books``."""

    @expose()
    def index(self):
        """Welcome."""
        return "Welcome to book section."

    @expose()
    def bestsellers(self):
        """Count them."""
        return "We have 5 books in the top 10."


class CatalogController:
    """``/catalog``."""

    books = BooksController()

    @expose()
    def index(self):
        """Welcome."""
        return "Welcome to the catalog."
