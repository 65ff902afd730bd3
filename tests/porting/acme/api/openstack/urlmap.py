"""Re-exports."""

from apirouter.deploy.urlmap import URLMap, urlmap_factory

__all__ = ["URLMap", "urlmap_factory"]
