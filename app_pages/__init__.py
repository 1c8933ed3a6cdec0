"""One thin page per task: reads masked tables, shows them; no arithmetic."""
