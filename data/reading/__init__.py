"""Reading a file by its mapping: physical rows as text first, then the contract's types; a fault of the whole file refuses it."""

from data.reading.read import ReadTable, read_file

__all__ = ["ReadTable", "read_file"]
