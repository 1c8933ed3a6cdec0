"""``opdrift status``: what is published, how fresh it is, what came of the files, and how the last attempt went."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd

from data.input_state import find_inbox
from data.mart import Mart, find_current
from data.schema import INPUTS
from data.settings import Alerts
from flows.audit_cli import log_words
from flows.journal import Attempt, last_look, read_attempts
from flows.origins import origin_of
from flows.plain_rows import plain
from flows.status_result import behind_the_result
from flows.words import amount, share, whole
from models.outturn import NET_LINES, NetResult, net_results
from models.view.few_rows import few_rows_hidden

if TYPE_CHECKING:
    from data.settings import Settings

SPENT = ("postings", "case_months")
"""Tables whose amounts are money spent; the others hold prices, budgets and expectations, and are told apart."""
_INTERVAL = ("mean", "q10", "q50", "q90")


def read_status(settings: Settings, *, now: datetime) -> dict[str, Any]:
    """Read what is published and what was tried.

    Args:
        settings: Home and when a run is stale.
        now: UTC.

    Returns:
        By ``docs/schemas/status.json``; ``run`` is None when nothing is published.
    """
    paths = settings.paths
    found = find_current(paths)
    attempts = read_attempts(paths)
    told: dict[str, Any] = {"home": str(paths.home), "run": None, "note": found.reason, "waiting_files": len(find_inbox(paths))}
    told["log"] = log_words(paths)
    told["last_attempt"] = _attempt(attempts[-1], found.run_id) if attempts else None
    if found.run_id is None:
        return told | {"refused_files": [], "forecast": []}
    return told | describe_run(Mart.open(paths), settings, now=now)


def watched(status: dict[str, Any], settings: Settings, *, now: datetime) -> list[str]:
    """What a monitor must know, one line each; empty when all is well.

    Args:
        status: Of :func:`read_status`.
        settings: From when on a night is late.
        now: UTC.
    """
    run, last = status["run"], status["last_attempt"]
    hours = (settings.alerts or Alerts()).late_after_hours
    ended = last_look(settings.paths)
    wrong = [] if run is not None else ["nothing is published"]
    wrong += [status["note"]] if status["note"] else []
    wrong += [f"the last run ended: {last['state']}"] if last is not None and last["state"] in _WENT_WRONG else []
    if ended is None or now - ended > timedelta(hours=hours):
        wrong.append(f"no run came to an end in the last {hours:g} hours")
    wrong += [f"the published run is {run['age_days']:.0f} days old"] if run is not None and run["is_stale"] else []
    return wrong


_WENT_WRONG = {"fault", "nothing", "killed", "interrupted"}


def describe_run(mart: Mart, settings: Settings, *, now: datetime) -> dict[str, Any]:
    """Describe one published run: months, services, rows and amounts in, used and set aside, forecast, refusals.

    Args:
        mart: The run.
        settings: When a run is stale, and of how many rows an amount must be to be told.
        now: UTC.
    """
    with mart.held():
        return _described(mart, settings, now)


def _described(mart: Mart, settings: Settings, now: datetime) -> dict[str, Any]:
    record: dict[str, Any] = mart.facts()
    services = mart.table("services")
    told = {name: mart.table(name) for name in ("rule_results", "input_files", "balance")}
    rules, files, balance = few_rows_hidden(told, settings.min_citizens).values()
    finished = datetime.fromisoformat(str(record["finished_at"]))
    age = (now - finished).total_seconds() / 86400
    currency = str(record["currency"])
    return {
        "run": {
            "run_id": mart.run_id,
            "published_at": finished.isoformat(timespec="seconds"),
            "age_days": round(age, 2),
            "is_stale": age > settings.stale_after_days,
            "as_of": record.get("as_of"),
            "municipality": record["municipality"],
            "seed": record["seed"],
            "currency": currency,
            "price_level": record["price_level"],
            "git_commit": record.get("git_commit"),
            "digest": record["digest"],
        },
        "origins": [origin_of(mart)],
        "months": {name: record["months"][name] for name in ("first", "last", "count")},
        "services": {"count": len(services), "keys": services["service"].tolist()},
        "rows": {name: int(balance[f"rows_{name}"].sum()) for name in ("in", "used", "set_aside")},
        "amount": {"currency": currency, "tables": [name for name in SPENT if (balance["table_name"] == name).any()]}
        | _spent(balance),
        "tables": [plain(row) for row in balance.drop(columns="few_citizens").to_dict("records")],
        "forecast": _forecast(mart.table("forecast_years")),
        "deviations": _deviations(mart.table("frame_outlook")),
        "year_result": _year_result(
            mart.table("year_result"), mart.table_or_none("refund_ahead"), services, str(record["cutoff"])
        ),
        **behind_the_result(mart, str(record["cutoff"])),
        "staff_adjustments": _adjustments(mart.table_or_none("staff_adjustments")),
        "staff_estimates": _estimates(mart.table_or_none("staff_estimates")),
        "refused_files": _refused(files),
        "set_aside": _failed(rules, "set_aside"),
        "warnings": _failed(rules, "warning"),
    }


def describe_checked(rules: pd.DataFrame, balance: pd.DataFrame, files: pd.DataFrame, *, settings: Settings) -> dict[str, Any]:
    """Describe what a check found: rows and amounts by table and file, what would be set aside, and warnings.

    Args:
        rules: By the contract ``RULE_RESULTS``.
        balance: By the contract ``BALANCE``.
        files: By the contract ``INPUT_FILES``.
        settings: Currency, and of how many rows an amount must be to be told.
    """
    found = few_rows_hidden({"rule_results": rules, "input_files": files, "balance": balance}, settings.min_citizens)
    rules, files, balance = found.values()
    names = ["file_name", "table_name", "mapping", "rows_in", "rows_used", "rows_set_aside", "amount_in", "amount_set_aside"]
    taken = files[files["status"] != "refused"].sort_values(["file_name", "table_name"])
    prices = taken["table_name"].map({name: table.amount == "price" for name, table in INPUTS.items()}).fillna(value=False)
    taken.loc[prices.astype(bool), ["amount_in", "amount_set_aside"]] = float("nan")  # a sum of prices means nothing
    return {
        "currency": settings.currency,
        "rows": {name: int(balance[f"rows_{name}"].sum()) for name in ("in", "used", "set_aside")},
        "files": [plain(row) for row in taken[names].to_dict("records")],
        "set_aside": _failed(rules, "set_aside"),
        "warnings": _failed(rules, "warning"),
        "stopping": _failed(rules, "blocking"),
    }


def _spent(balance: pd.DataFrame) -> dict[str, float | None]:
    """Money spent; None where a table's part rests on few rows, as the sum would give it back."""
    spent = balance[balance["table_name"].isin(SPENT)]
    sums = {name: float(spent[f"amount_{name}"].sum(skipna=False)) for name in ("in", "used", "set_aside")}
    return {name: None if pd.isna(value) else round(value, 2) for name, value in sums.items()}


def _forecast(years: pd.DataFrame) -> list[dict[str, Any]]:
    total = years[(years["level"] == "total") & (years["variant"] == "main")]
    names = ["basis", "price_level", "year", *_INTERVAL, "mask"]
    return [plain(row) for row in total.sort_values(["basis", "price_level", "year"])[names].to_dict("records")]


def _deviations(outlook: pd.DataFrame) -> list[dict[str, Any]]:
    """The worst year of each frame whose budget is known, worst frame first."""
    known = outlook[(outlook["level"] == "frame") & outlook["deviation_mean"].notna()]
    worst = known.sort_values("deviation_mean", ascending=False, kind="stable").drop_duplicates("member")
    names = [
        "member",
        "member_label",
        "year",
        "price_level",
        "deviation_mean",
        "deviation_q10",
        "deviation_q90",
        "probability_over",
    ]
    return [plain(row) for row in worst[names].to_dict("records")]


_BESIDE_NET = ("refund_mask", "half_mask", "thresholds_verified")
_RESULT = (
    "budget_original", "budget_carried_over", "budget_revised", "budget_change_proposed", "budget_proposed", "posted", "late",
    "committed", "expected_new", "expected_ended", "ahead", "decided_not_in_data", "adjusted", "outside_model",
    *_INTERVAL, *NET_LINES, "deviation_mean", "deviation_q10", "deviation_q90",
    "probability_over", "reserve_80", "mask", *_BESIDE_NET,
)  # fmt: skip


def _year_result(result: pd.DataFrame, ahead: pd.DataFrame, services: pd.DataFrame, cutoff: str) -> list[dict[str, Any]]:
    """Committees, frames, services and the total in every open accounting year, the cutoff's own first, and after refunds."""
    nets = {(*key, int(year)): net for year in result["year"].unique() for key, net in net_results(result, ahead, year).items()}
    keys = zip(result["level"], result["member"], result["year"], strict=True)
    after = [asdict(nets.get(key, NetResult())) for key in keys]
    told = pd.DataFrame(after, index=result.index, columns=[*NET_LINES, *_BESIDE_NET])
    labels = {name: name for name in services["committee"].astype(str)}
    for key, label in (("frame", "frame_label"), ("service", "label_da")):
        labels |= dict(zip(services[key], services[label], strict=True))
    now = int(cutoff[:4])
    found = result.join(told).assign(member_label=result["member"].map(labels), is_current=result["year"] == now)
    found = found.sort_values(["is_current", "year", "level", "member"], ascending=[False, True, True, True])
    return [plain(row) for row in found[["level", "member", "member_label", "year", "is_current", *_RESULT]].to_dict("records")]


def _adjustments(table: pd.DataFrame) -> dict[str, Any]:
    """How many of staff's adjustments stand how, and what they move by year."""
    moves = table[table["standing"] == "counts"].groupby("year")["moves"].sum() if len(table) else pd.Series(dtype=float)
    standings = table.drop_duplicates("adjustment_id")["standing"].value_counts().sort_index()
    return {
        "standings": {str(word): int(count) for word, count in standings.items()},
        "moves": {str(year): round(float(value), 2) for year, value in moves.items() if value},
    }


def _estimates(table: pd.DataFrame) -> dict[str, Any]:
    """How staff's own estimates of frames and ours did, where the accounts are known."""
    from models.outturn.estimates import record_of  # noqa: PLC0415

    found = record_of(table[table["level"] == "frame"]) if len(table) else None
    scored = None if found is None else {name: round(value, 4) for name, value in asdict(found).items()}
    return {"count": len(table), "scored_frames": scored}


def _refused(files: pd.DataFrame) -> list[dict[str, Any]]:
    refused = files[files["status"] == "refused"]
    return [plain(row) for row in refused[["file_name", "reason", "message"]].to_dict("records")]


def _failed(rules: pd.DataFrame, severity: str) -> list[dict[str, Any]]:
    failed = rules[(rules["severity"] == severity) & ~rules["passed"]]
    failed = failed.rename(columns={"rows_failed": "rows", "amount_failed": "amount", "text_en": "text"})
    names = ["rule_id", "table_name", "owner", "rows", "amount", "text"]
    return [
        plain(row) for row in failed.sort_values(["amount", "rows"], ascending=False, kind="stable")[names].to_dict("records")
    ]


def _attempt(attempt: Attempt, shown: str | None) -> dict[str, Any]:
    state = attempt.outcome or ("running" if attempt.is_running else "killed")
    words = _ATTEMPT.get("published then killed" if state == "killed" and attempt.run_id == shown else state, "")
    return {
        "run_id": attempt.run_id,
        "started": attempt.started,
        "ended": attempt.ended or None,
        "how": attempt.how,
        "state": state,
        "last_step": attempt.steps[-1] if attempt.steps else None,
        "exit_code": attempt.exit_code,
        "message": attempt.message or words,
        "blocking": list(attempt.blocking),
    }


_ATTEMPT = {
    "running": "A run is under way",
    "killed": "The run was stopped midway (killed, or the machine went down); what was published before it stands whole",
    "published then killed": "The run was published, and stopped midway in clearing up; the next run does that",
}


def told(status: dict[str, Any]) -> str:
    """The status in plain words."""
    lines = [*_told_run(status), *_told_attempt(status["last_attempt"], status["run"])]
    lines += [f"NOTE: {status['log']} ('opdrift log' tells where)"] if status["log"] else []
    if status["waiting_files"]:
        lines.append(f"{status['waiting_files']} files wait in the inbox")
    return "\n".join(lines)


def _told_run(status: dict[str, Any]) -> list[str]:
    run = status["run"]
    if run is None:
        if status["note"]:
            return [
                f"{status['note']} in {status['home']}.",
                "What to do: start 'opdrift run'; what was taken in is still there.",
            ]
        return [
            f"Nothing is published yet in {status['home']}.",
            "What to do: put exports in its inbox/ and start 'opdrift run' (or 'opdrift run --sample').",
        ]
    months, currency = status["months"], run["currency"]
    stale = " - STALE: start a new run, or see why the last one failed" if run["is_stale"] else ""
    lines = [f"Published: {run['run_id']}, {run['age_days']:.1f} days old{stale}"]
    lines += [f"NOTE: {status['note']}"] if status["note"] else []
    lines += [
        f"Months:    {months['first'][:7]} to {months['last'][:7]} ({months['count']}); services: {status['services']['count']}"
        + (f"; as of {run['as_of']}" if run["as_of"] else ""),
        f"Rows:      {_triple(status['rows'], whole)}",
        f"Amounts:   {_triple(status['amount'], lambda value: amount(value, currency))} ("
        + " and ".join(status["amount"]["tables"])
        + ")",
        *told_forecast(status),
        *told_faults(status),
    ]
    return lines


def _triple(values: dict[str, Any], word: Any) -> str:  # noqa: ANN401
    return f"in {word(values['in'])} = used {word(values['used'])} + set aside {word(values['set_aside'])}"


def told_forecast(status: dict[str, Any]) -> list[str]:
    """Forecast per year with q10-q90, and the worst year of each frame."""
    currency = status["run"]["currency"]
    bases = [row["basis"] for row in status["forecast"]]
    basis = "accounting_year" if "accounting_year" in bases else "service_year"
    lines = [f"Forecast (gross, authority, {basis.replace('_', ' ')}, nominal; q10 to q90):"]
    for row in status["forecast"]:
        if row["basis"] == basis and row["price_level"] == "nominal":
            figures = [amount(row[name], currency) for name in ("mean", "q10", "q90")]
            lines.append(f"  {row['year']}  {figures[0]:>18}  ({figures[1]} to {figures[2]})")
    if status["deviations"]:
        lines.append("Worst year against each frame (plus = overspending):")
    for row in status["deviations"]:
        mean, q10, q90 = (amount(row[f"deviation_{name}"], currency, sign=True) for name in ("mean", "q10", "q90"))
        place = f"  {row['member']:<8} {row['member_label'] or '':<38.38} {row['year']}"
        lines.append(f"{place}  {mean:>16}  ({q10} to {q90}; over in {share(row['probability_over'])})")
    return [*lines, *_told_result(status)]


def _told_result(status: dict[str, Any]) -> list[str]:
    """This accounting year's expected result, one line a frame."""
    currency = status["run"]["currency"]
    rows = [row for row in status["year_result"] if row["is_current"] and row["level"] == "frame"]
    if not rows:
        return []
    lines = [f"Result of {rows[0]['year']} (nominal; expected on 31 December beside the revised budget; plus = overspending):"]
    for row in rows:
        mean, budget = (amount(row[name], currency) for name in ("mean", "budget_revised"))
        deviation, reserve = (amount(row[name], currency, sign=name != "reserve_80") for name in ("deviation_mean", "reserve_80"))
        place = f"  {row['member']:<8} {row['member_label'] or '':<38.38}"
        risk = f"over in {share(row['probability_over'])}; {reserve} more holds it 4 times out of 5"
        lines.append(f"{place} {mean:>16} of {budget}: {deviation} ({risk})")
    return lines


def told_faults(status: dict[str, Any]) -> list[str]:
    """Refused files and what was set aside, most expensive first."""
    currency = status["run"]["currency"]
    lines = [f"Refused:   {row['file_name']} ({row['reason']}): {row['message']}" for row in status["refused_files"]]
    for row in status["set_aside"]:
        worth = f", {whole(row['amount'])} {currency}" if row["amount"] else ""
        what = f"{row['rule_id']} in {row['table_name']} ({row['owner']}): {whole(row['rows'])} rows{worth}"
        lines.append(f"Set aside: {what}. {row['text']}")
    if status["warnings"]:
        rules = ", ".join(dict.fromkeys(row["rule_id"] for row in status["warnings"]))
        lines.append(f"Warnings:  {rules} (the page Data and reports/ tell what they are)")
    return lines


def _told_attempt(attempt: dict[str, Any] | None, run: dict[str, Any] | None) -> list[str]:
    if attempt is None or (attempt["state"] == "published" and run is not None and attempt["run_id"] == run["run_id"]):
        return []
    when = attempt["ended"] or attempt["started"]
    lines = [f"Last attempt: {attempt['run_id']} ({attempt['how']}), {attempt['state']} {when}: {attempt['message']}"]
    if attempt["state"] == "killed":
        lines.append(f"  It was in step '{attempt['last_step']}'. What to do: start a new run; nothing has to be cleaned up.")
    return [*lines, *(f"  Blocking: {rule}" for rule in attempt["blocking"])]
