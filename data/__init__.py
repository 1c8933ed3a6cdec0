"""Storage and contracts: schema, settings, DuckDB, sources, staging, mart. Imports none of our other rooms."""
