from apirouter.objectdispatch.errordocs import InternalRedirect as ForwardRequestException  # noqa: F401
from apirouter.objectdispatch.errordocs import RecursionLoop  # noqa: F401
from apirouter.objectdispatch.errordocs import Recursive as RecursiveMiddleware  # noqa: F401
