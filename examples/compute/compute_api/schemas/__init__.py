"""JSON Schemas of bodies and queries, one module for each noun."""
