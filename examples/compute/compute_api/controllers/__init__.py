"""The API's plugins, one module for each noun; the entry points in setup.cfg name them."""
