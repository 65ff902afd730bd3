from apirouter.hooks import Hook as PecanHook  # noqa: F401
from apirouter.hooks import HookController, RequestViewerHook, TransactionHook  # noqa: F401
