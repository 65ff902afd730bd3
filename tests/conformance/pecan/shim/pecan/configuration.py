from apirouter.objectdispatch.conf import (  # noqa: F401
    DEFAULT,
    Config,
    conf_from_dict,
    conf_from_file,
    initconf,
)
from apirouter.objectdispatch.conf import get_conf_path_from_env as _from_env


def get_conf_path_from_env():
    """Ask for Pecan's variable."""
    return _from_env("PECAN_CONFIG")
