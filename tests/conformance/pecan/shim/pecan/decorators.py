from apirouter.objectdispatch import (  # noqa: F401
    accept_noncanonical,
    after_commit,
    after_rollback,
    expose,
    transactional,
)
