"""The WSGI script: ``gunicorn objects_api.wsgi:application``."""

from pathlib import Path

from apirouter.objectdispatch import deploy

application = deploy(str(Path(__file__).resolve().parent / "config.py"))
