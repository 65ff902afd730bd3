"""What the service does, whoever asks: the layer between the controllers and the store."""

from compute_api.compute.api import API

__all__ = ["API"]
