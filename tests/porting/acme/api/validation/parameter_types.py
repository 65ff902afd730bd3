"""Re-exports."""

from apirouter.validation.parameter_types import *  # noqa: F403
