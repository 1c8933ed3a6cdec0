"""Pure numbers: frames and arrays in and out; no storage, clock, environment or network."""
