"""Re-exports."""

from apirouter.deploy.pipeline import pipeline_factory, pipeline_factory_v21
from apirouter.filters.inject_context import InjectContext
from apirouter.filters.keystonecontext import KeystoneContext as AcmeKeystoneContext

__all__ = ["AcmeKeystoneContext", "InjectContext", "pipeline_factory", "pipeline_factory_v21"]
