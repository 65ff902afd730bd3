"""Controllers that only the request can tell."""

from apirouter.objectdispatch import abort, expose


class Student:
    """A student."""

    def __init__(self, name):
        self.name = name


class StudentController:
    """``/look_test/{name}``."""

    def __init__(self, student):
        self.student = student

    @expose()
    def name(self):
        """Say the name."""
        return self.student.name


class LookupTest:
    """``/look_test``."""

    @expose()
    def _lookup(self, name, *remainder):
        if not name.strip():
            abort(404)
        return StudentController(Student(name)), remainder
