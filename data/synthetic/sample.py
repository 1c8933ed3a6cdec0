"""Write the sample: one or more synthetic municipalities, as their systems would export them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np

from data.errors import WrongUse
from data.reference.catalogue import load_catalogue
from data.synthetic import budget, statbank
from data.synthetic.calendar import first_day, window_of
from data.synthetic.casefile import case_lines, commitment_lines
from data.synthetic.deliveries import Folder, TextFile
from data.synthetic.dirt import plant_rows
from data.synthetic.filefaults import plant_files
from data.synthetic.ledgerfile import HEADER, ledger_lines
from data.synthetic.os2bos import payment_reports
from data.synthetic.places import CODES, municipality_codes
from data.synthetic.seeds import generator
from data.synthetic.town import Town, build_town
from data.synthetic.truth import planted_truth
from data.synthetic.voices import voice_files

if TYPE_CHECKING:
    from pathlib import Path

Progress = Callable[[str, float], None]
Planted = dict[str, list[dict[str, object]]]


@dataclass(frozen=True)
class SampleSummary:
    """What was written.

    Attributes:
        out: Folder.
        files: Names relative to ``out``, in order of writing.
        citizens: Own citizens with a case in the last 12 months.
        citizens_ever: Own citizens with a case at any time in the window.
        cases: Cases ever active, places sold included.
        postings: Rows in the ledger files, without planted ones.
        gross_by_year: Accounting year -> authority gross expenditure posted, DKK.
    """

    out: Path
    files: tuple[str, ...]
    citizens: int
    citizens_ever: int
    cases: int
    postings: int
    gross_by_year: dict[int, Decimal]


def write_sample(  # noqa: PLR0913  (one argument per option of the command)
    out: Path,
    *,
    seed: int = 1,
    municipalities: int = 1,
    months: int = 120,
    end: str = "2026-12",
    population: Path | None = None,
    dirt: bool = False,
    truth: bool = False,
    municipality: str = "151",
    progress: Progress | None = None,
) -> SampleSummary:
    """Write a synthetic municipality's exports. The same arguments give the same bytes.

    Args:
        out: Folder to write into; made when missing, files of the same name are replaced.
        seed: 0 or greater.
        municipalities: How many, 1 to 98; with more than one every file's name ends with the code.
        months: How many months of history.
        end: Last month, ``YYYY-MM``.
        population: Population file of a real municipality to draw citizens on.
        dirt: Plant known faults in rows and files, and list them in ``planted.json``.
        truth: Write the planted drivers to ``truth.json``.
        municipality: Code of the first municipality.
        progress: Called with a label and the share done, 0 to 1.

    Returns:
        What was written.

    Raises:
        WrongUse: An argument is out of bounds, or the population file cannot be used.
    """
    window = window_of(end, months)
    if not 1 <= municipalities <= len(CODES) or seed < 0:
        bounds = f"the one must lie between 1 and {len(CODES)}, the other at 0 or more"
        what = f"--municipalities is {municipalities} and --seed {seed}; {bounds}"
        raise WrongUse(what, where="opdrift sample", remedy="Choose other values")
    out.mkdir(parents=True, exist_ok=True)
    folder, tell = Folder(out), progress or (lambda _label, _share: None)
    parts: list[SampleSummary] = []
    projections: dict[str, list[str]] = {}
    planted: list[Planted] = []
    truths: list[dict[str, object]] = []
    codes = municipality_codes(municipality, municipalities)
    for position, code in enumerate(codes):
        tell(code, position / len(codes))
        size = 1.0 if position == 0 else float(np.exp(generator(seed, code, "size").normal(0, 0.4)))
        town = build_town(window, seed=seed, municipality=code, size=size, population=population)
        tell(code, (position + 0.5) / len(codes))
        suffix = f"_{code}" if municipalities > 1 else ""
        planted.append(_write_town(town, folder, seed=seed, suffix=suffix, dirt=dirt))
        if truth:
            truths.append(planted_truth(town, seed=seed))
        for vintage in (window.end_year - 2, window.end_year):
            if vintage in town.counts:
                lines = statbank.frkm_lines(town.counts, vintage, code, growth=0.0 if vintage == window.end_year else -0.002)
                projections.setdefault(f"FRKM1{vintage % 100:02d}.csv", []).extend(lines)
        parts.append(_summary(town, folder))
    for name, lines in sorted(projections.items()):
        folder.text(name, TextFile(statbank.FRKM_HEADER, lines, encoding="utf-8", newline="\n"))
    folder.workbook("price_index.xlsx", budget.INDEX_HEADER, budget.index_rows(window))
    if dirt:
        folder.record("planted.json", {key: [row for part in planted for row in part[key]] for key in ("rows", "files")})
    if truth:
        folder.record("truth.json", truths[0] if len(truths) == 1 else {"municipalities": truths})
    tell("", 1.0)
    return _together(parts, folder)


def _write_town(town: Town, folder: Folder, *, seed: int, suffix: str, dirt: bool) -> Planted:
    """Write one municipality's files; returns what was planted in them."""
    code, window = town.municipality, town.window
    files = ledger_files(town, seed=seed, suffix=suffix) | case_files(town, seed=seed, suffix=suffix)
    dirty = plant_rows(files, generator(seed, code, "dirty rows")) if dirt else []
    for name, file in files.items():
        folder.text(name, file)
    faulty = (
        plant_files(files, generator(seed, code, "dirty files"), suffix=suffix, without={row.file for row in dirty})
        if dirt
        else []
    )
    for delivery in faulty:
        folder.content(delivery.file, delivery.content)
    reports = payment_reports(town, generator(seed, code, "os2bos"))
    folder.content(f"os2bos/granted_payments_3{suffix}.csv", reports.granted)
    folder.content(f"os2bos/expected_payments_3{suffix}.csv", reports.expected)
    for name, file in voice_files(window, generator(seed, code, "ratings"), suffix=suffix).items():
        folder.text(name, file)
    folk = statbank.folk_lines(town.counts, window, code)
    folder.text(f"FOLK1A_{code}.csv", TextFile(statbank.FOLK_HEADER, folk, encoding="utf-8", newline="\n"))
    variants = statbank.variant_lines(town.counts, window.end_year, code)
    folder.text(f"population_projection{suffix}.csv", TextFile(statbank.PROJECTION_HEADER, variants))
    rows = budget.budget_rows(town.net, town.events, window, generator(seed, code, "budget"), municipality=code)
    folder.workbook(f"budget{suffix}.xlsx", budget.BUDGET_HEADER, rows)
    folder.workbook(f"frames{suffix}.xlsx", budget.FRAMES_HEADER, budget.frame_rows(code))
    folder.workbook(f"budget_events{suffix}.xlsx", budget.EVENTS_HEADER, budget.event_rows(town.events, code))
    return {"rows": [asdict(row) for row in dirty], "files": [{"file": item.file, "reason": item.reason} for item in faulty]}


def ledger_files(town: Town, *, seed: int, suffix: str) -> dict[str, TextFile]:
    """The ledger by calendar year of posting, with declared totals in the last line."""
    rng = generator(seed, town.municipality, "ledger")
    by_year = ledger_lines(town.exported, town.identity, town.numbers, rng, municipality=town.municipality)
    posted_year = town.exported["posted"].to_numpy().astype("datetime64[D]").astype("datetime64[Y]").astype(int) + 1970
    ore = town.exported["ore"].to_numpy()
    return {
        f"ledger_{year}{suffix}.csv": TextFile(HEADER, lines, encoding="cp1252", total=int(ore[posted_year == year].sum()))
        for year, lines in by_year.items()
    }


def case_files(town: Town, *, seed: int, suffix: str) -> dict[str, TextFile]:
    """The snapshot of cases and the commitments, both as known at the end of the window."""
    code, window = town.municipality, town.window
    rng = generator(seed, code, "cases")
    header, lines = case_lines(
        town.priced,
        town.identity,
        town.caseload.household,
        town.caseload.citizen_male,
        town.numbers,
        window,
        rng,
        municipality=code,
    )
    expected_header, expected = commitment_lines(town.priced, town.identity, town.numbers, window, municipality=code)
    return {
        f"cases_{window.end_text}{suffix}.csv": TextFile(header, lines),
        f"commitments_{window.end_text}{suffix}.csv": TextFile(expected_header, expected),
    }


def _summary(town: Town, folder: Folder) -> SampleSummary:
    cases = town.priced.cases
    own = ~cases["sold"].to_numpy()
    recent = own & (cases["end"].to_numpy() >= int(first_day(town.window.end - 11)))
    arts = load_catalogue().authority_expense_types
    authority = town.exported[
        (town.exported["account_class"] == 1) & town.exported["art"].isin(arts) & (town.exported["plan"] >= 0)
    ]
    gross = authority.groupby("year")["ore"].sum()
    return SampleSummary(
        out=folder.out,
        files=(),
        citizens=int(cases.loc[recent, "citizen"].nunique()),
        citizens_ever=int(cases.loc[own, "citizen"].nunique()),
        cases=len(cases),
        postings=len(town.exported),
        gross_by_year={int(str(year)): Decimal(int(value)) / 100 for year, value in gross.items()},
    )


def _together(parts: list[SampleSummary], folder: Folder) -> SampleSummary:
    years = sorted({year for part in parts for year in part.gross_by_year})
    return SampleSummary(
        out=folder.out,
        files=tuple(folder.written),
        citizens=sum(part.citizens for part in parts),
        citizens_ever=sum(part.citizens_ever for part in parts),
        cases=sum(part.cases for part in parts),
        postings=sum(part.postings for part in parts),
        gross_by_year={year: sum((part.gross_by_year.get(year, Decimal(0)) for part in parts), Decimal(0)) for year in years},
    )
