from apirouter.objectdispatch.secure import Any_ as Any  # noqa: F401
from apirouter.objectdispatch.secure import Protected, SecureController, secure, unlocked  # noqa: F401
