"""Configuration as a Python file, as the original has it."""

from objects_api.my_hooks import SimpleHook

# Server Specific Configurations
server = {"port": "8080", "host": "127.0.0.1"}

# Application Configurations
app = {
    "root": "objects_api.root.RootController",
    "hooks": lambda: [SimpleHook()],
    "modules": ["objects_api"],
    "static_root": "%(confdir)s/public",
    "template_path": "%(confdir)s/templates",
    "debug": True,
    "errors": {404: "/error/404", "__force_dict__": True},
}

logging = {
    "root": {"level": "INFO", "handlers": ["console"]},
    "loggers": {
        "objects_api": {"level": "DEBUG", "handlers": ["console"], "propagate": False},
        "__force_dict__": True,
    },
    "handlers": {"console": {"level": "DEBUG", "class": "logging.StreamHandler", "formatter": "simple"}},
    "formatters": {
        "simple": {"format": "%(asctime)s %(levelname)-5.5s [%(name)s] [%(threadName)s] %(message)s"},
    },
}
