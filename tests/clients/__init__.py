"""Clients of the field, run against the running example; ``tox -e clients`` installs them."""
