"""Filters: one filter, one file; the inner application is ``.application``."""
