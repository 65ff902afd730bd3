"""Routing: plugins -> resources -> mapper -> index."""
