"""Writes Great Expectations' Data Docs from counts alone: one suite and one result per table, no value and no row id.

For the operator, never for viewers (DESIGN 4.9). Pages have fixed names and a fixed time, so the next run replaces them.
"""

from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import great_expectations as gx
from great_expectations.core.expectation_validation_result import ExpectationSuiteValidationResult, ExpectationValidationResult
from great_expectations.core.run_identifier import RunIdentifier
from great_expectations.data_context.types.resource_identifiers import ExpectationSuiteIdentifier, ValidationResultIdentifier
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

if TYPE_CHECKING:
    from pathlib import Path

    from expectations.row_checks import Checked, RowChecker

_SITE = "opdrift"
_REMOTE = re.compile(
    r"<script\b.*?</script\s*>|<iframe\b.*?</iframe\s*>"
    r"|<(?:link|img|source)\b[^>]*(?:href|src)\s*=\s*[\"']?(?:https?:)?//[^>]*>"
    r"|url\(\s*[\"']?(?:https?:)?//[^)]*\)",
    re.DOTALL | re.IGNORECASE,
)
_NO_CLOCK = datetime(2000, 1, 1, tzinfo=UTC)


def write_data_docs(checker: RowChecker, checked: dict[str, list[Checked]], docs_dir: Path) -> Path:
    """Write the site of one run.

    Args:
        checker: The run's context.
        checked: Per suite name, what was checked.
        docs_dir: Folder of the site; made when missing.

    Returns:
        The site's ``index.html``.
    """
    docs_dir.mkdir(parents=True, exist_ok=True)
    for stale in (docs_dir / "expectations", docs_dir / "validations"):
        shutil.rmtree(stale, ignore_errors=True)
    context = checker.context
    site = {
        "class_name": "SiteBuilder",
        "show_how_to_buttons": False,
        "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(docs_dir)},
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
    }
    if _SITE in context.get_site_names():
        context.update_data_docs_site(_SITE, site)
    else:
        context.add_data_docs_site(_SITE, site)
    run_id = RunIdentifier(run_name=_SITE, run_time=_NO_CLOCK)
    for name, ones in checked.items():
        if ones:
            _store(checker, name, ones, run_id)
    context.build_data_docs(site_names=[_SITE])
    for page in sorted(docs_dir.rglob("*.html")):
        page.write_text(_without_remote(page.read_text(encoding="utf-8")), encoding="utf-8")
    return docs_dir / "index.html"


def _without_remote(html: str) -> str:
    """Drop scripts, and styles and pictures from other machines: opening a page must tell no one that it was opened."""
    return _REMOTE.sub("", html)


def _store(checker: RowChecker, name: str, ones: list[Checked], run_id: RunIdentifier) -> None:
    configs = [ExpectationConfiguration(**one.config) for one in ones]
    suite = gx.ExpectationSuite(name=name, expectations=[config.to_domain_obj() for config in configs])
    checker.context.suites.add_or_update(suite)
    results = [_result(one, config) for one, config in zip(ones, configs, strict=True)]
    passed = sum(bool(result.success) for result in results)
    key = ValidationResultIdentifier(
        expectation_suite_identifier=ExpectationSuiteIdentifier(name=name), run_id=run_id, batch_identifier=name
    )
    whole = ExpectationSuiteValidationResult(
        success=passed == len(results),
        results=results,
        suite_name=name,
        statistics={
            "evaluated_expectations": len(results),
            "successful_expectations": passed,
            "unsuccessful_expectations": len(results) - passed,
            "success_percent": 100.0 * passed / len(results),
        },
        meta={"run_id": run_id, "active_batch_definition": {"datasource_name": "staged", "data_asset_name": name}},
        batch_id=name,
    )
    checker.context.validation_results_store.set(key, whole)


def _result(one: Checked, config: ExpectationConfiguration) -> ExpectationValidationResult:
    present = one.elements - one.missing
    counts = {
        "element_count": one.elements,
        "unexpected_count": one.unexpected,
        "unexpected_percent": 100.0 * one.unexpected / present if present else 0.0,
        "missing_count": one.missing,
        "missing_percent": 100.0 * one.missing / one.elements if one.elements else 0.0,
    }
    return ExpectationValidationResult(success=one.unexpected == 0, expectation_config=config, result=counts, meta={})
