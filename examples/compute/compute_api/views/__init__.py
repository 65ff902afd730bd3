"""What clients see of the store's values, one module for each noun."""
