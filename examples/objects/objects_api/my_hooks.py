"""A hook at each of the four points."""

import logging

from apirouter.hooks import Hook

LOG = logging.getLogger(__name__)


class SimpleHook(Hook):
    """Logs where a request is."""

    def on_route(self, state):
        """Run before the path is looked up."""
        LOG.info("it is on route")

    def before(self, state):
        """Run before the method."""
        LOG.info("it is before exec")

    def after(self, state):
        """Run after the method."""
        LOG.info("it is after exec")

    def on_error(self, state, exc):
        """Run when something raised."""
        LOG.info("it is on error")
