"""Re-exports."""

from apirouter.validation import parameter_types, query_schema, schema

__all__ = ["parameter_types", "query_schema", "schema"]
