"""An application whose URLs are a tree of objects."""
