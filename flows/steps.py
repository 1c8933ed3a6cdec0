"""The steps of a night: each composes what the rooms do, on the night's own memory; no step knows Prefect.

Rooms never import each other; here they meet, and nowhere else. Libraries are imported when their step comes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from data.errors import BlockingRuleFailed, NoUsableInput

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from flows.night import Night
    from models.disclosure import Masks

    Tick = Callable[[int, int], None]
    Work = Callable[[Night, Tick], None]


@dataclass(frozen=True)
class Step:
    """One step of a night.

    Attributes:
        name: As it stands in the journal.
        label: As it is shown.
        work: What it does.
        has_io: It reads or writes files, so a fault of the disk is worth another try.
    """

    name: str
    label: str
    work: Work
    has_io: bool = False


def _sample(night: Night, tick: Tick) -> None:
    from data.synthetic import write_sample  # noqa: PLC0415
    from flows.citizens import remember_sample  # noqa: PLC0415

    paths, settings = night.settings.paths, night.settings
    told = lambda _label, done: tick(round(done * 100), 100)  # noqa: E731
    written = write_sample(paths.inbox, seed=settings.seed, municipality=settings.municipality, progress=told)
    remember_sample(paths, [paths.inbox / name for name in written.files])


def _land(night: Night, tick: Tick) -> None:
    from data.input_state import read_state  # noqa: PLC0415
    from data.landing import land  # noqa: PLC0415
    from data.warehouse import frame  # noqa: PLC0415
    from flows.audit import note_landed  # noqa: PLC0415

    night.settings.paths.inbox.mkdir(parents=True, exist_ok=True)
    con = night.warehouse()
    night.held["outcomes"] = land(con, night.settings, progress=lambda _name, done, total: tick(done, total))
    note_landed(night.settings.paths, read_state(night.settings.paths).landed, night.run_id)
    if int(frame(con, "SELECT count(*) AS n FROM files WHERE status = 'landed'")["n"].iloc[0]) == 0:
        refused = [item for item in night.held["outcomes"] if item.status == "refused"]
        what = f"No usable input: {len(refused)} files refused, none taken in" if refused else "No input: the inbox is empty"
        where = "; ".join(f"{item.file_name} ({item.reason})" for item in refused) or str(night.settings.paths.inbox)
        remedy = "Mend the refused files (refused/ holds each with its reason)" if refused else "Put exports in the inbox"
        raise NoUsableInput(what, where=where, remedy=remedy)


def _stage(night: Night, _tick: Tick) -> None:
    from data.staging import stage  # noqa: PLC0415

    stage(night.warehouse(), night.settings)


def _validate(night: Night, tick: Tick) -> None:
    from data.input_files import list_input_files  # noqa: PLC0415
    from expectations import validate  # noqa: PLC0415

    con, docs = night.warehouse(), night.settings.paths.reports / "data_docs"
    report = validate(con, night.settings, docs_dir=docs, progress=lambda _step, done, total: tick(done, total))
    files = list_input_files(con, min_citizens=night.settings.min_citizens)
    night.frames |= {"rule_results": report.rule_results, "balance": report.balance, "input_files": files}
    if report.blocking:
        night.held["blocking"] = report.blocking
        what = f"{len(report.blocking)} blocking rules failed: {' '.join(report.blocking)}"
        remedy = f"Mend the input (Data Docs: {docs}); the last published run stands"
        raise BlockingRuleFailed(what, remedy=remedy)


def _extract(night: Night, _tick: Tick) -> None:
    from data.extracts import read_extracts  # noqa: PLC0415
    from data.reference.catalogue import load_catalogue  # noqa: PLC0415

    night.held["catalogue"] = load_catalogue()
    night.held["extracts"] = read_extracts(night.warehouse(), night.settings, night.held["catalogue"])


def _drivers(night: Night, _tick: Tick) -> None:
    from models.declared import with_breaks  # noqa: PLC0415
    from models.drivers import build_parts  # noqa: PLC0415
    from models.pressure import published_frame  # noqa: PLC0415

    bands = night.held["catalogue"].age_bands
    extracts = night.held["extracts"]
    parts = build_parts(extracts, reference_months=night.settings.reference_months, age_bands=bands)
    night.held["parts"] = replace(parts, tables=with_breaks(parts.tables, extracts.budget_events))
    night.frames["population_years"] = published_frame("population_years", parts.population_years)


def _look_back(night: Night, tick: Tick) -> None:
    from flows.quality import forecast_again  # noqa: PLC0415

    forecast_again(night, tick)


def _forecast(night: Night, tick: Tick) -> None:
    from flows.kept_choice import kept_choice  # noqa: PLC0415
    from models.drift_source import series_means  # noqa: PLC0415
    from models.forecast import choose_services, forecast_services  # noqa: PLC0415
    from models.forecast.choice_table import choice_table  # noqa: PLC0415
    from models.pressure import published_frame  # noqa: PLC0415

    settings, tables = night.settings, night.held["parts"].tables
    choices, work = choose_services(tables, known=kept_choice(night), workers=settings.processes, progress=tick)
    night.held |= {"choices": choices, "choice_work": work}
    groups = dict(zip(tables.services["service"], tables.services["service_group"], strict=True))
    night.frames["model_choice"] = published_frame("model_choice", choice_table(choices, groups))
    lookback = night.held["lookback"]
    night.held["draws"] = forecast_services(
        tables, seed=settings.seed, n_draws=settings.n_draws, choices=choices, lookback=lookback
    )
    night.held["series_alone"] = series_means(night.held["draws"])


def _citizens(night: Night, tick: Tick) -> None:
    from flows.citizens import join_known  # noqa: PLC0415
    from flows.results import commit  # noqa: PLC0415

    join_known(night, tick)
    commit(night)


def _accounting(night: Night, _tick: Tick) -> None:
    from models import accounting  # noqa: PLC0415
    from models.pressure import published_frame  # noqa: PLC0415

    extracts, parts = night.held["extracts"], night.held["parts"]
    night.held["periods"] = accounting.accounting_periods(parts.tables, parts.completion, extracts.triangle)
    services = tuple(parts.tables.services["service"])
    weights, fixed = accounting.by_year(*night.held["periods"], extracts.triangle, services=services)
    night.frames |= {
        "accounting_weights": published_frame("accounting_weights", weights),
        "accounting_fixed": published_frame("accounting_fixed", fixed),
        "bridge": published_frame("bridge", accounting.bridge(extracts.ledger)),
        "provider_years": published_frame("provider_years", accounting.provider_years(extracts.ledger)),
    }


def _pressure(night: Night, _tick: Tick) -> None:
    from flows.results import booked_years  # noqa: PLC0415
    from models import pressure, years  # noqa: PLC0415

    draws, drivers, extracts = night.held["draws"], night.held["parts"].tables, night.held["extracts"]
    booked = booked_years(night)
    open_years = years.open_accounting_years(drivers, **booked)
    night.frames |= {
        "actual_months": pressure.actual_months(drivers),
        "actual_years": pressure.actual_years(drivers, ledger=extracts.ledger, open_years=open_years),
        "forecast_months": pressure.forecast_months(draws, drivers.services),
        "forecast_years": pressure.forecast_years(draws, drivers, **booked),
        "draws": pressure.stored_draws(draws),
        "uniforms": pressure.stored_uniforms(night.settings.seed, draws.gross_nominal.shape[2]),
        "variant_factors": pressure.stored_variant_factors(drivers, draws),
    }


def _refund(night: Night, tick: Tick) -> None:
    from flows.refund import work_out_refund  # noqa: PLC0415

    work_out_refund(night, tick)


def _outlook(night: Night, _tick: Tick) -> None:
    from flows.results import compare_frames  # noqa: PLC0415

    compare_frames(night)


def _outturn(night: Night, _tick: Tick) -> None:
    from flows.results import year_of  # noqa: PLC0415

    year_of(night)


def _drift(night: Night, _tick: Tick) -> None:
    from models.decompose import drift  # noqa: PLC0415

    extracts, bands = night.held["extracts"], night.held["catalogue"].age_bands
    parts, draws = night.held["parts"], night.held["draws"]
    night.frames["drift"] = drift(parts, extracts.volume, draws, extracts.budget_events, age_bands=bands)


def _quality(night: Night, tick: Tick) -> None:
    from flows.quality import score_earlier  # noqa: PLC0415

    score_earlier(night, tick)


def _disclose(night: Night, _tick: Tick) -> None:
    from flows.citizens import show_radar  # noqa: PLC0415
    from flows.providers import show_providers  # noqa: PLC0415
    from flows.refund import show_refund  # noqa: PLC0415
    from flows.results import masks_of  # noqa: PLC0415
    from flows.stays import show_stays  # noqa: PLC0415
    from models.disclosure import mask_tables, say_marks  # noqa: PLC0415
    from models.drivers import mask_development, mask_speed_notices  # noqa: PLC0415
    from models.outturn import adjustment_table  # noqa: PLC0415
    from models.pressure import published_frame  # noqa: PLC0415
    from models.voices import answers_table, ratings_table  # noqa: PLC0415

    settings, extracts = night.settings, night.held["extracts"]
    methods = night.held["draws"].methods
    night.frames["services"] = _services(extracts.services, methods)
    night.frames["notices"] = _notices([night.held["parts"].tables.notices, *night.held["notices"]])
    few, share = settings.min_citizens, settings.max_top_share
    masks = masks_of(night)
    earlier = night.held["hidden_earlier"]
    rules = {"concentration": extracts.concentration, "min_citizens": few, "max_top_share": share, "earlier": earlier}
    _keep_drivers(night, masks)
    night.frames["services"] = say_marks(night.frames["services"], methods, masks)
    night.frames = mask_tables(night.frames, **rules)
    show_refund(night, masks)
    show_providers(night, masks)
    show_stays(night, masks)
    show_radar(night, masks)
    made = night.held["adjusted"]
    night.frames["staff_adjustments"] = adjustment_table(made.adjusted, masked=set(masks.months), years=made.parts.years)
    completed = night.held["parts"].completion
    development = mask_development(completed.development, extracts.payee_citizens, min_citizens=few, max_top_share=share)
    night.frames["completion_development"] = published_frame("completion_development", development)
    night.frames["citizen_ratings"] = ratings_table(extracts.citizen_ratings, min_citizens=few)
    night.frames["hearing_answers"] = answers_table(extracts.hearing_answers)
    night.frames["notices"] = mask_speed_notices(night.frames["notices"], development)


def _keep_drivers(night: Night, masks: Masks) -> None:
    """Complete drivers for the restricted file, with the bands in which small ages are shown, and the keyed case rows."""
    from data.extracts.case_rows import case_rows  # noqa: PLC0415
    from models.drift_source import driver_frames  # noqa: PLC0415

    extracts = night.held["extracts"]
    night.held["driver_frames"] = driver_frames(
        night.held["parts"],
        extracts.volume,
        extracts.budget_events,
        masks.bands,
        night.held["series_alone"],
        age_bands=night.held["catalogue"].age_bands,
    )
    night.held["driver_frames"]["case_rows"] = case_rows(night.warehouse(), tuple(extracts.services["service"]))


def _services(services: pd.DataFrame, methods: pd.DataFrame) -> pd.DataFrame:
    from data.schema import PUBLISHED  # noqa: PLC0415

    return services.merge(methods, on="service", how="left", validate="one_to_one")[list(PUBLISHED["services"].names)]


def _notices(parts: list[pd.DataFrame]) -> pd.DataFrame:
    import pandas as pd  # noqa: PLC0415

    return pd.concat(parts, ignore_index=True).drop_duplicates(["notice_id", "member"], ignore_index=True)


def _record(night: Night, _tick: Tick) -> None:
    from data.input_state import input_state  # noqa: PLC0415
    from flows.record import code_state, run_record  # noqa: PLC0415
    from models.forecast.choice_json import choice_digest  # noqa: PLC0415

    extracts, frames = night.held["extracts"], night.frames
    first, last = extracts.first_month, extracts.cutoff
    used = frames["input_files"][frames["input_files"]["status"] != "refused"]
    stable = {
        "months": {"first": f"{first:%Y-%m-%d}", "last": f"{last:%Y-%m-%d}", "count": _months_between(first, last)},
        "cutoff": f"{last:%Y-%m-%d}",
        "currency": extracts.currency,
        "price_level": night.held["parts"].tables.price_level,
        "price_index_to": night.held["parts"].index_to,
        "input_hashes": sorted(set(used["sha256"])),
        "vintages_scored": night.held["vintages_scored"],
        "model_choice": {"cutoff": night.held["choices"].cutoff, "digest": choice_digest(night.held["choices"])},
        "earlier_choices": {f"{cutoff:%Y-%m}": choice_digest(choice) for cutoff, choice in night.held["earlier_choices"].items()},
        "calibrated_months": night.held["choices"].pools.reached,
        "widened": _widened(night),
        "known_citizens": _known_citizens(night),
        "refund_response": night.held["refund"].errors,
        "stay_response": night.held.get("stay_errors", {}),
        "row_counts": {name: len(frame) for name, frame in sorted(frames.items())},
    }
    volatile = {
        "run_id": night.run_id,
        "hidden_earlier": night.held["hidden_earlier"].told(),
        "started_at": night.started.isoformat(timespec="seconds"),
        "finished_at": night.clock().isoformat(timespec="seconds"),
        "seconds": night.seconds,
        "model_choice_work": night.held["choice_work"],
        "earlier_choice_work": night.held["earlier_choice_work"],
        "model_choice_code": night.held["choices"].code,
        "input_state": input_state(night.settings, code_state()),
    }
    frames["run_record"] = run_record(night.settings, stable, volatile)


def _widened(night: Night) -> dict[str, list[float]]:
    """How much wider than calibrated, by span of horizons; nothing where no forecast made again could be judged."""
    found = night.held["lookback"]
    if not found.services.reached:
        return {}
    factors = {"services": found.services.factors, "sums": found.sums.factors, "years": (found.years,)}
    return {name: [round(value, 3) for value in values] for name, values in factors.items()}


def _known_citizens(night: Night) -> dict[str, object]:
    """How much known citizens weigh beside the series forecast, by span of horizons; nothing where they are not used."""
    weights = night.held["known_weights"]
    if night.frames["known_months"].empty:
        return {}
    return {
        "origins": weights.origins,
        "volume": [round(value, 3) for value in weights.volume],
        "cost": [round(value, 3) for value in weights.cost],
    }


def _months_between(first: pd.Timestamp, last: pd.Timestamp) -> int:
    return (last.year - first.year) * 12 + last.month - first.month + 1


def _publish(night: Night, _tick: Tick) -> None:
    from data.evidence import write_evidence  # noqa: PLC0415
    from data.mart import write_mart  # noqa: PLC0415
    from data.restricted import write_restricted  # noqa: PLC0415
    from flows.kept_choice import choice_texts  # noqa: PLC0415

    write_restricted(night.settings.paths, night.run_id, night.held["driver_frames"])
    write_evidence(night.settings.paths, night.run_id, night.warehouse(), choice_texts(night))
    write_mart(night.settings.paths, night.run_id, night.frames)


def _point(night: Night, _tick: Tick) -> None:
    from data.mart import point_current  # noqa: PLC0415
    from flows.audit import note_published  # noqa: PLC0415
    from flows.kept_choice import told  # noqa: PLC0415

    note_published(night)
    point_current(night.settings.paths, night.run_id)
    aside = int(night.frames["balance"]["rows_set_aside"].sum())
    refused = int((night.frames["input_files"]["status"] == "refused").sum())
    night.held["exit_code"] = 4 if aside or refused else 0
    work = told(night.held["choice_work"], night.held["earlier_choice_work"])
    night.held["message"] = f"Published; {aside} rows and {refused} files set aside; {work}"


def _settle(night: Night, _tick: Tick) -> None:
    from data.landing import settle  # noqa: PLC0415
    from flows.follow_up import refresh_report  # noqa: PLC0415
    from flows.kept_choice import keep_choice  # noqa: PLC0415
    from flows.scenario_change import leave_changes  # noqa: PLC0415

    settle(night.warehouse(), night.settings, night.held["outcomes"])
    for fault in (keep_choice(night), refresh_report(night.settings), leave_changes(night.settings, night.run_id)):
        night.held["message"] += f"; {fault}" if fault else ""


ORDER: tuple[Step, ...] = (
    Step("sample", "Writing the synthetic sample", _sample, has_io=True),
    Step("land", "Taking in the inbox", _land, has_io=True),
    Step("stage", "Finding the rows that count", _stage),
    Step("validate", "Checking the rules", _validate),
    Step("extract", "Reading what the drivers need", _extract),
    Step("drivers", "Building the drivers", _drivers),
    Step("look_back", "Forecasting again as of earlier years", _look_back),
    Step("forecast", "Forecasting", _forecast),
    Step("citizens", "Rolling known citizens forward", _citizens),
    Step("accounting", "Bridging to accounting years", _accounting),
    Step("pressure", "Adding up the pressure", _pressure),
    Step("refund", "Working out the refund", _refund),
    Step("outlook", "Comparing with the frames", _outlook),
    Step("outturn", "Working out the year's result", _outturn),
    Step("drift", "Explaining the drift", _drift),
    Step("quality", "Setting earlier forecasts beside what came", _quality),
    Step("disclose", "Masking what must not be shown", _disclose),
    Step("record", "Writing the run record", _record),
    Step("publish", "Publishing", _publish, has_io=True),
    Step("point", "Pointing to the new run", _point, has_io=True),
    Step("settle", "Clearing the inbox", _settle, has_io=True),
)
