"""Order: what runs when, the command line, the schedule and the run record. The only importer of Prefect."""
