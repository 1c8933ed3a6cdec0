"""Which services the run has, what they are called, and which frame each belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from data.frames import frame_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import duckdb

    from data.reference.catalogue import Catalogue
    from data.settings import Settings

Notices = list[tuple[str, str, str, str]]

_OPENING_DAY_PARAGRAPHS = {"SEL-103", "SEL-104"}
_NO_FRAME = ("uden_ramme", "Uden ramme", "Uden udvalg")
_NO_FRAME_AT_ALL = (
    "no_frame",
    "run",
    "Data har ingen bevillingsrammer; der vises ingen afvigelse fra rammen.",
    "The data hold no appropriation frames; no deviation from a frame is shown.",
)
_DEFAULT_FRAMES_ONLY = (
    "default_frame",
    "run",
    "Ingen rammeregler dækker ydelserne; katalogets rammer er brugt.",
    "No frame rules cover the services; the catalogue's frames are used.",
)
_OTHER_GROUP = ("oevrige", "Øvrige", "Other")
_COLUMNS = (
    "service", "label_da", "label_en", "service_group", "group_label_da", "group_label_en", "price_unit", "age_from", "age_to",
    "opening_days", "default_frame",
)  # fmt: skip


def declare_services(con: duckdb.DuckDBPyConnection, catalogue: Catalogue) -> None:
    """Make ``x_services``, ``x_words``, ``x_accounts`` and ``x_bands`` from the catalogue and the mappings' service list."""
    groups = {group.key: group for group in catalogue.group}
    rows: list[tuple[object, ...]] = [
        (
            service.key, service.label_da, service.label_en, service.group, groups[service.group].label_da,
            groups[service.group].label_en, service.price_unit, service.ages[0], service.ages[1],
            service.price_unit == "day" and bool(_OPENING_DAY_PARAGRAPHS & set(service.paragraphs)), service.default_frame,
        )
        for service in catalogue.service
    ]  # fmt: skip
    shipped = {service.key for service in catalogue.service}
    listed = con.execute(
        "SELECT service, label, service_group, coalesce(group_label, service_group), coalesce(price_unit, 'unit') "
        "FROM used_service_list ORDER BY service"
    ).fetchall()
    for key, label, group, group_label, price_unit in listed:
        if key not in shipped:
            rows.append((key, label, label, group, group_label, group_label, price_unit, None, None, False, None))
    _table(con, "x_services", pd.DataFrame(rows, columns=list(_COLUMNS)).astype({"age_from": "Int64", "age_to": "Int64"}))
    _table(con, "x_words", pd.DataFrame(sorted(catalogue.words.items()), columns=["word", "service"]))
    accounts = [
        (service.key, service.default_frame, account.function, account.grouping, account.valid_from, account.valid_to)
        for service in catalogue.service
        for account in service.accounts
    ]
    _table(
        con,
        "x_accounts",
        pd.DataFrame(accounts, columns=["service", "default_frame", "function", "grouping", "valid_from", "valid_to"]),
    )
    bands = [(band, low, high) for band, (low, high) in catalogue.age_bands.items()]
    _table(con, "x_bands", pd.DataFrame(bands, columns=["age_band", "low", "high"]))


def settle_opening_days(con: duckdb.DuckDBPyConnection, price: Callable[[], None], notices: Notices) -> None:
    """Price the person-months, then let the ledger decide which day programmes bill calendar days instead of opening days.

    A service of §§ 103 and 104 is taken to bill opening days, unless list cost by calendar days lies nearer its ledger (ratio
    nearer 1, all months). Without postings the opening days stand.
    """
    price()
    billed = con.execute(
        """
        WITH listed AS (
            SELECT service, month, sum(list_cost)::DOUBLE AS cost, sum(days) AS days, sum(units)::DOUBLE AS open_days
            FROM x_priced JOIN x_services USING (service) WHERE opening_days GROUP BY service, month
        ),
        booked AS (SELECT service, month, sum(amount)::DOUBLE AS gross FROM x_postings WHERE side = 'authority' GROUP BY ALL)
        SELECT service FROM listed JOIN booked USING (service, month)
        GROUP BY service
        HAVING sum(gross) > 0 AND sum(cost) > 0 AND sum(open_days) > 0
            AND abs(ln(sum(gross) / (sum(cost) * sum(days) / sum(open_days)))) < abs(ln(sum(gross) / sum(cost)))
        ORDER BY service
        """
    ).fetchall()
    for (service,) in billed:
        con.execute("UPDATE x_services SET opening_days = false WHERE service = ?", [service])
        notices.append(
            (
                "calendar_days",
                service,
                "Ydelsens takst ganges med kalenderdage: det passer bedre med regnskabet end åbningsdage.",
                "The service's rate is multiplied by calendar days: that fits the ledger better than opening days.",
            )
        )
    if billed:
        price()


def settle_services(
    con: duckdb.DuckDBPyConnection, settings: Settings, catalogue: Catalogue, present: list[str], notices: Notices
) -> pd.DataFrame:
    """Make the services frame of those present and ``x_levels`` (service, level, member).

    A service's frame is the one that took most of its authority gross in the 12 newest accounting months; without postings
    the frame rule on its account; else the catalogue's default, which is said; else none.
    """
    declared = frame_of(con.execute("SELECT * FROM x_services")).set_index("service")
    labels = _frame_labels(con, settings, catalogue)
    by_ledger, by_rule = _frames_by_ledger(con), _frames_by_rule(con, settings)
    order = {key: rank for rank, key in enumerate(declared.index)}
    rows = []
    for key in sorted(present, key=lambda key: (order.get(key, len(order)), key)):
        if key in declared.index:
            row = declared.loc[key].to_dict()
        else:
            group, group_da, group_en = _OTHER_GROUP
            row = dict(zip(_COLUMNS[1:], (key, key, group, group_da, group_en, "unit", None, None, False, None), strict=True))
        frame = by_ledger.get(key) or by_rule.get(key)
        if frame is None:
            frame = row["default_frame"] if isinstance(row["default_frame"], str) else _NO_FRAME[0]
            notices.append(_frame_notice(key, frame))
        label, committee = labels.get(frame, (frame, _NO_FRAME[2]))
        rows.append({"service": key, **row, "frame": frame, "frame_label": label, "committee": committee})
    for together in (_NO_FRAME_AT_ALL, _DEFAULT_FRAMES_ONLY):
        if rows and sum(notice[0] == together[0] for notice in notices) == len(rows):
            notices[:] = [*(notice for notice in notices if notice[0] != together[0]), together]
    wanted = ["service", *_COLUMNS[1:6], "frame", "frame_label", "committee", *_COLUMNS[6:10]]
    services = pd.DataFrame(rows, columns=wanted)
    services[["age_from", "age_to"]] = services[["age_from", "age_to"]].astype("Float64").astype("float64")
    services["opening_days"] = services["opening_days"].astype(bool)
    levels = [
        (row["service"], level, member)
        for row in rows
        for level, member in (
            ("service", row["service"]), ("frame", row["frame"]), ("committee", row["committee"]), ("total", "total"),
        )
    ]  # fmt: skip
    _table(con, "x_levels", pd.DataFrame(levels, columns=["service", "level", "member"]))
    return services


def _table(con: duckdb.DuckDBPyConnection, name: str, frame: pd.DataFrame) -> None:
    con.register("x_frame", frame)
    con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM x_frame")
    con.unregister("x_frame")


def _frame_labels(con: duckdb.DuckDBPyConnection, settings: Settings, catalogue: Catalogue) -> dict[str, tuple[str, str]]:
    labels = {frame.key: (frame.label_da, frame.committee) for frame in catalogue.default_frame}
    labels[_NO_FRAME[0]] = (_NO_FRAME[1], _NO_FRAME[2])
    given = con.execute(
        "SELECT frame, frame_label, committee FROM used_frames WHERE municipality = ? "
        "ORDER BY valid_from, frame, frame_label NULLS FIRST, committee",
        [settings.municipality],
    ).fetchall()
    for frame, label, committee in given:
        labels[frame] = (label or labels.get(frame, (frame, ""))[0], committee)
    return labels


def _frames_by_ledger(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    rows = con.execute(
        """
        SELECT posting.service, posting.frame
        FROM x_postings AS posting
        JOIN (SELECT DISTINCT service, frame FROM x_codes WHERE frame_by_rule) USING (service, frame)
        WHERE posting.side = 'authority'
            AND posting.posted_month > (SELECT max(posted_month) FROM x_postings) - INTERVAL 12 MONTH
        GROUP BY posting.service, posting.frame
        QUALIFY row_number() OVER (PARTITION BY posting.service ORDER BY sum(posting.amount) DESC, posting.frame) = 1
        """
    ).fetchall()
    return dict(rows)


def _frames_by_rule(con: duckdb.DuckDBPyConnection, settings: Settings) -> dict[str, str]:
    rows = con.execute(
        """
        SELECT account.service, rule.frame
        FROM x_accounts AS account
        JOIN used_frames AS rule ON rule.function = account.function AND rule.cost_object IS NULL
            AND coalesce(rule.grouping, account.grouping) = account.grouping AND rule.municipality = ?
        QUALIFY row_number() OVER (
            PARTITION BY account.service
            ORDER BY account.valid_to DESC, (rule.grouping IS NOT NULL) DESC, rule.valid_from DESC, rule.frame
        ) = 1
        """,
        [settings.municipality],
    ).fetchall()
    return dict(rows)


def _frame_notice(service: str, frame: str) -> tuple[str, str, str, str]:
    if frame == _NO_FRAME[0]:
        return (
            "no_frame",
            service,
            "Ydelsen har ingen bevillingsramme i data; der vises ingen afvigelse fra rammen.",
            "The service has no appropriation frame in the data; no deviation from a frame is shown.",
        )
    return (
        "default_frame",
        service,
        f"Ingen rammeregel dækker ydelsen; katalogets ramme {frame} er brugt.",
        f"No frame rule covers the service; the catalogue's frame {frame} is used.",
    )
