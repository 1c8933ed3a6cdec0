"""The worker that ``opdrift serve`` keeps alive: it waits for the schedule and starts each night in a process of its own."""

from __future__ import annotations

import sys

from prefect.schedules import Cron
from prefect.types.entrypoint import EntrypointType

from data.settings import paths_from_environment
from flows.nightly import nightly

TIMEZONE = "Europe/Copenhagen"


def main(cron: str) -> None:
    """Serve the nightly flow of the home that the environment names, until ended."""
    paths = paths_from_environment()
    nightly.serve(
        name="nightly",
        schedule=Cron(cron, timezone=TIMEZONE),
        parameters={"home": str(paths.home), "secrets": str(paths.secrets), "how": "serve"},
        entrypoint_type=EntrypointType.MODULE_PATH,
        limit=1,
        pause_on_shutdown=False,
        print_starting_message=False,
    )


if __name__ == "__main__":
    main(sys.argv[1])
