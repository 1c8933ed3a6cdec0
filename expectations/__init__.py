"""Data quality: rules by id, suites, and a checkpoint that gives counts, never values."""
