"""Single citizens are rolled forward on a recorded basis, or where every case is the synthetic sample's; else never."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any

import pandas as pd

from data.settings import LegalBasis
from flows.citizens import SAMPLE, basis_of, remember_sample


def night(settings: Any, *shas: str) -> Any:
    files = pd.DataFrame([("cases", "used", sha) for sha in shas], columns=["table_name", "status", "sha256"])
    return SimpleNamespace(settings=settings, frames={"input_files": files})


def test_without_a_basis_nobody_is_rolled_forward(settings: Any) -> None:
    assert basis_of(night(settings, "a")) is None
    assert basis_of(night(settings)) is None


def test_a_recorded_basis_is_named(settings: Any) -> None:
    basis = LegalBasis(text="Kommunens hjemmel, sag 1 af 2026", decided=date(2026, 1, 1), signed="Socialchefen")
    assert basis_of(night(replace(settings, known_citizens=basis), "a")) == basis


def test_one_real_file_beside_the_sample_ends_it(settings: Any, tmp_path: Any) -> None:
    file = tmp_path / "cases.csv"
    file.write_text("x")
    settings.paths.home.mkdir(parents=True)
    remember_sample(settings.paths, [file])
    ours = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
    assert basis_of(night(settings, ours)) == SAMPLE
    assert basis_of(night(settings, ours, "b")) is None
