"""Does demography pay? One engine with exposure, without it, and with the true exposure (``make demography``)."""

from flows.demography.report import Study, page, targets_met
from flows.demography.score import Verdict, score_arms, verdict
from flows.demography.study import run_study
from flows.demography.towns import ARMS, StudySeries, real_counts, sample_series, study_series, synthetic_counts

__all__ = [
    "ARMS",
    "Study",
    "StudySeries",
    "Verdict",
    "page",
    "real_counts",
    "run_study",
    "sample_series",
    "score_arms",
    "study_series",
    "synthetic_counts",
    "targets_met",
    "verdict",
]
