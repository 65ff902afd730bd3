def reset_global_config():
    """There is no configuration of the process that could be reset."""
