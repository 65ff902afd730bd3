"""A compute API on apirouter: servers, flavors and images, kept in one database."""
