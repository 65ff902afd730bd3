"""Groups of servers: a plugin of the compute example, in a distribution of its own."""
