from sqlalchemy.engine import CursorResult as ResultProxy  # noqa: F401
from sqlalchemy.engine import Row as RowProxy  # noqa: F401

from apirouter.objectdispatch.jsonify import encode, jsonify  # noqa: F401
