"""The service's state: one database, one module for each noun.

The modules' functions take an open connection, so that several of them make one transaction.
"""

from compute_api.store.database import Database

__all__ = ["Database"]
