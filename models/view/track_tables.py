"""Tables of the page Modelkvalitet, written in the page's language: losses, by horizon, by service, month by month."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.view import track_record as record
from models.view.language import NO_FIGURE
from models.view.run import rows_of
from models.view.tables import Shown
from models.view.track_wording import horizon_label, measure_label, rule_label, verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from models.view.language import Language
    from models.view.run import RunView

_MONTHLY_RULES = ("seasonal_naive", "last_year")


def losses_table(language: Language, run: RunView, found: Sequence[record.Compared]) -> Shown:
    """Where a simple rule missed less, largest difference first."""
    t = language.text
    header = (
        t("Område"), t("Hvor langt frem"), t("Udfald"), t("Fremskrivningens fejl"), t("Reglens fejl"),
        t("Forskel, procentpoint"), t("Målt på"),
    )  # fmt: skip
    body = tuple(
        (
            run.label(language, item.level, item.member),
            horizon_label(language, item.horizon),
            verdict(language, item),
            language.percent(item.ours.wape, decimals=1),
            language.percent(item.scores[item.best].wape, decimals=1),
            language.number(item.lost_by * 100, signed=True),
            _points(language, item),
        )
        for item in found
    )
    caption = t("Hvor en enkel regel ramte bedre: gennemsnitlig fejl i procent af det, der kom")
    return Shown(caption, header, body, (False, False, False, True, True, True, True))


def _points(language: Language, item: record.Compared) -> str:
    if item.horizon == record.YEAR:
        return language.count(item.ours.n_points, "{n} år", "{n} år")
    return language.count(item.ours.n_points, "{n} måned", "{n} måneder")


def horizon_table(language: Language, run: RunView, source: str, member: tuple[str, str]) -> Shown:
    """Every score of one member by months ahead, all methods beneath each other."""
    t = language.text
    names = {record.OURS: t("fremskrivningen"), **{rule: rule_label(language, rule) for rule in record.RULES}}
    rows = []
    for horizon, measure in (*((name, record.GROSS) for name in record.HORIZONS), (record.YEAR, record.FRAME_RESULT)):
        item = record.compared(run, source, *member, measure, horizon)
        for method in names if item is not None else ():
            if item is not None and method in item.scores:
                score = item.scores[method]
                rows.append(
                    (horizon_label(language, horizon), names[method], *_figures(language, score), _points(language, item))
                )
    header = (t("Hvor langt frem"), t("Metode"), *_heads(language), t("Målt på"))
    label = run.label(language, *member)
    caption = t("{label}: fejl efter hvor langt frem der blev set (intervallet skal holde i 80 %)", label=label)
    return Shown(caption, header, tuple(rows), (False, False, True, True, True, True, True, True, True))


def _heads(language: Language) -> tuple[str, ...]:
    t = language.text
    return (
        t("For højt (+) eller lavt (−)"),
        language.money_unit,
        t("Fejl (WAPE)"),
        "MASE",
        "Pinball",
        t("Interval holdt"),
    )


def _figures(language: Language, score: record.Score) -> tuple[str, ...]:
    return (
        language.percent(score.bias_share, decimals=1, signed=True),
        language.number(score.bias / 1e6, decimals=2, signed=True),
        language.percent(score.wape, decimals=1),
        language.number(score.mase, decimals=2),
        language.number(score.pinball, decimals=2),
        language.percent(score.coverage),
    )


def service_table(language: Language, run: RunView, source: str, measure: str) -> Shown:
    """Every service over all horizons, losses first; hidden and unscored services say so."""
    t = language.text
    rows = []
    for item in record.by_service(run, source, measure):
        rules = [item.scores[rule].wape if rule in item.scores else float("nan") for rule in _MONTHLY_RULES]
        rows.append(
            (
                run.label(language, "service", item.member),
                verdict(language, item),
                language.percent(item.ours.wape, decimals=1),
                *(language.percent(value, decimals=1) for value in rules),
                language.percent(item.ours.bias_share, decimals=1, signed=True),
                language.number(item.ours.mase, decimals=2),
                language.number(item.ours.pinball, decimals=2),
                language.percent(item.ours.coverage),
            )
        )
    dashes = (NO_FIGURE,) * 7
    hidden, unscored = record.hidden_services(run, source), record.unscored_services(run, source, measure)
    rows += [(run.label(language, "service", name), t("skjult: få borgere"), *dashes) for name in hidden]
    rows += [(run.label(language, "service", name), t("ikke målt: for lidt historik"), *dashes) for name in unscored]
    rule_names = [rule_label(language, rule) for rule in _MONTHLY_RULES]
    header = (
        t("Indsats"), t("Udfald"), t("Fejl, fremskrivningen"), *(t("Fejl, {rule}", rule=name) for name in rule_names),
        t("For højt (+) eller lavt (−)"), "MASE", "Pinball", t("Interval holdt"),
    )  # fmt: skip
    what = measure_label(language, measure)
    caption = t("{measure} pr. indsats, 1-36 måneder frem, tab øverst (intervallet skal holde i 80 %)", measure=what)
    return Shown(caption, header, tuple(rows), (False, False, *(True,) * 7))


def months_table(language: Language, rows: pd.DataFrame, label: str) -> Shown:
    """Earlier forecasts month by month beside what came."""
    t = language.text
    body = tuple(
        (
            language.month(row.cutoff.date()),
            language.month(row.month.date()),
            *(language.number(value / 1e6, decimals=2) for value in (row.actual, row.mean, row.q10, row.q90)),
            t("ja") if row.q10 <= row.actual <= row.q90 else t("nej"),
        )
        for row in rows_of(rows)
    )
    header = (t("Lavet med data til og med"), t("Måned"), t("Kom"), t("Ventet"), t("4 ud af 5: fra"), t("4 ud af 5: til"),
              t("Holdt intervallet?"))  # fmt: skip
    unit = language.money_unit
    caption = t("{label}: tidligere fremskrivninger og det, der kom, {unit} pr. måned", label=label, unit=unit)
    return Shown(caption, header, body, (False, False, True, True, True, True, False))
