"""What ``apirouter new`` writes: files with ``${name}`` for what differs."""
