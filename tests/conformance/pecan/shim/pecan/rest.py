from apirouter.objectdispatch import RestController  # noqa: F401
