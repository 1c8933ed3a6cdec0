"""What a run says at its end: what it published, what was set aside, and where to look next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.origins import origin_lines
from flows.status import describe_run, told_faults, told_forecast
from flows.words import amount, whole

if TYPE_CHECKING:
    from datetime import datetime

    from data.mart import Mart
    from data.settings import Settings


def tell_run(mart: Mart, settings: Settings, *, now: datetime) -> str:
    """A readable summary of a published run.

    Args:
        mart: The run.
        settings: Home.
        now: UTC.
    """
    found = describe_run(mart, settings, now=now)
    run, months, rows, money = found["run"], found["months"], found["rows"], found["amount"]
    currency = run["currency"]
    months = f"{months['count']} months ({months['first'][:7]} to {months['last'][:7]})"
    money_in, used, aside = (amount(money[name], currency) for name in ("in", "used", "set_aside"))
    lines = [f"Published {run['run_id']}: {months}, {found['services']['count']} services, seed {run['seed']}."]
    lines.append(f"Rows: {whole(rows['in'])} in = {whole(rows['used'])} used + {whole(rows['set_aside'])} set aside.")
    lines.append(f"Amounts ({' and '.join(money['tables'])}): {money_in} in = {used} used + {aside} set aside.")
    lines += [*told_forecast(found), *told_faults(found), *origin_lines(found)]
    lines.append(f"Next: 'opdrift app --home {settings.paths.home}' opens the pages; Data Docs lie in {settings.paths.reports}.")
    return "\n".join(lines)
