"""The command line tools: parse, call, print."""
