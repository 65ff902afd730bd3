"""One call of one controller method, whoever found it."""
