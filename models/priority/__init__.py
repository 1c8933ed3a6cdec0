"""Priorities: which options keep the frame with the least taken from citizens, and how sure that is."""
