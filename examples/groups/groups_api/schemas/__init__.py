"""JSON Schemas of bodies."""
