"""Re-exports."""

from apirouter.extensions import (
    ControllerExtension,
    ResourceExtension,
    V21APIExtensionBase,
    expected_errors,
)

__all__ = ["ControllerExtension", "ResourceExtension", "V21APIExtensionBase", "expected_errors"]
