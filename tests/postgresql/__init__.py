"""The compute example on PostgreSQL; ``tox -e postgresql`` runs it where a server is installed."""
