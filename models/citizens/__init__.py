"""Known citizens rolled forward (DESIGN 4.7): from stays in services to volume and cost ahead, known and new apart.

Cells of service, age and time already spent are estimated; single paths live in memory only. Nothing here says, stores or shows
what will become of one citizen.
"""
