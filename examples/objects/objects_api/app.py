"""The application, from an INI or from ``config.py``."""

from pathlib import Path

from apirouter.objectdispatch import ObjectApp, make_app

HERE = Path(__file__).resolve().parent


def app_factory(global_conf, **local_conf):
    """Make the application that a section of an INI describes; its templates are the package's."""
    defaults = {"root": "objects_api.root:RootController", "template_path": str(HERE / "templates")}
    return ObjectApp.from_conf(global_conf, {**defaults, **local_conf})


def setup_app(config):
    """Make the application that a Python file describes."""
    app_conf = config.app
    return make_app(
        app_conf.root,
        hooks=app_conf.hooks,
        static_root=app_conf.static_root,
        template_path=app_conf.template_path,
        debug=app_conf.debug,
        errors=app_conf.errors,
        logging=config.logging.to_dict(),
    )
