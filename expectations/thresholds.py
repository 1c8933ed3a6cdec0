"""The limits that rules compare with: one frozen value, printed in docs/rules.md and read by the SQL as ``rule_settings``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """Limits of the rules; judgement, to be moved with the reasons in ``docs/decisions``.

    Attributes:
        complete_months: Months this near the newest posted await late invoices (C-08, C-09); cases begun there are new (C-36).
        ledger_tolerance_pct: Allowed difference of cases and ledger, per cent of the larger (C-08).
        ledger_tolerance_dkk: Smaller differences never count, DKK per function and month (C-08).
        thin_dkk: A month with less last year is a thin series, DKK (C-09, postings).
        thin_days: As above, person-days (C-09, cases).
        thin_volume: As above, units of the source (C-09, case_months).
        recent_months: Months that must be complete (C-10) or are looked through (C-35), counted back from the newest.
        fresh_months: Newest cases and newest postings may lie fewer months apart than this (C-11).
        top_age: Ages up to this must all be counted (C-12).
        gap_persons: A missing age counts only where the age below holds at least this many persons (C-12).
        cohort_pct: Allowed change of a cohort from one year to the next, per cent (C-12).
        cohort_persons: Smaller changes never count, persons (C-12).
        silent_months: Months without a bill that make an open case suspect (C-24).
        price_off: Times off a service's middle at which a price without bills is looked at (C-25).
        price_doubted: Times off a service's middle at which a new open case's price without bills is warned of (C-36).
        price_off_billed: Times off its own bills at which a price is looked at (C-25).
        price_near: Times off at which another unit fits (C-25).
        price_cases: A service's middle rests on at least this many cases (C-25).
        overlap_days: Two placements (C-26), or two cases of a service at a change (C-04), may overlap this long, days.
        planned_days: An open case's planned end may have passed this long ago, days (C-34).
        unbilled_months: Fewer months of a case may be without bills (C-27).
        moved_dkk: Smaller amounts that leave a function or grouping never count, DKK a year (C-30).
        supplementary_months: Last month of the new year in which the old one is still posted (C-31).
    """

    complete_months: int = 6
    ledger_tolerance_pct: float = 25.0
    ledger_tolerance_dkk: int = 100_000
    thin_dkk: int = 250_000
    thin_days: int = 600
    thin_volume: int = 20
    recent_months: int = 12
    fresh_months: int = 2
    top_age: int = 90
    gap_persons: int = 10
    cohort_pct: float = 40.0
    cohort_persons: int = 40
    silent_months: int = 6
    price_off: float = 20.0
    price_doubted: float = 8.0
    price_off_billed: float = 4.0
    price_near: float = 2.0
    price_cases: int = 10
    overlap_days: int = 31
    planned_days: int = 60
    unbilled_months: int = 3
    moved_dkk: int = 1_000_000
    supplementary_months: int = 3


THRESHOLDS = Thresholds()
