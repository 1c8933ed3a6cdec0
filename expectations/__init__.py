"""Data quality: rules by id, suites, and a checkpoint that gives counts, never values."""

from expectations.checkpoint import ValidationReport, validate
from expectations.rule_docs import rules_markdown
from expectations.rules import RULES, FoundBy, Rule, Severity

__all__ = ["RULES", "FoundBy", "Rule", "Severity", "ValidationReport", "rules_markdown", "validate"]
