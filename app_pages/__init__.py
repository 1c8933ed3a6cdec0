"""One thin page per task: they place things on the screen; every figure and sentence comes from ``models.view``."""
