"""apirouter: the API layer of Python services that grow by plugins."""

from apirouter._version import __version__

__all__ = ["__version__"]
