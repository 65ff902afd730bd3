"""Load, faults and malice: each module is a program, ``python -m tests.reliability.NAME [--long]``."""
