"""Every error opdrift raises on purpose: what was wrong, where, why it matters, what to do.

Messages hold counts, names of files, columns and rules; never a value out of a citizen's row.
"""

from __future__ import annotations

from typing import ClassVar

DAMAGED = (OSError, ValueError, ArithmeticError, LookupError, TypeError, AttributeError, RecursionError)
"""What reading a small file can raise whose bytes are not what was written: endless numbers, depth, other kinds."""


class OpdriftError(Exception):
    """Base of all errors opdrift raises on purpose.

    Attributes:
        exit_code: What the command line returns when this error ends it (DESIGN 5).
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, *, where: str = "", why: str = "", remedy: str = "") -> None:
        """Compose the message from its four parts.

        Args:
            what: What was wrong with which value (a name or a count, never a citizen's value).
            where: Table, column, file, months or run.
            why: Why it matters.
            remedy: What to do next.

        Example:
            >>> print(OpdriftError("2 columns are missing", where="ledger_2026.csv", remedy="Check the export."))
            2 columns are missing. Where: ledger_2026.csv. What to do: Check the export.
        """
        self.what, self.where, self.why, self.remedy = what, where, why, remedy
        parts = [what, f"Where: {where}" if where else "", f"Why it matters: {why}" if why else ""]
        parts.append(f"What to do: {remedy}" if remedy else "")
        super().__init__(". ".join(part.rstrip(".") for part in parts if part) + ".")


class WrongUse(OpdriftError, ValueError):
    """The command, a setting or a mapping was used wrongly; nothing was done."""

    exit_code = 2


class MappingInvalid(WrongUse):
    """A mapping file does not say what it must; names file, line and key."""


class SettingsInvalid(WrongUse):
    """A settings file or environment variable does not say what it must."""


class DraftMovedOn(OpdriftError):
    """A draft of a scenario was changed by somebody else since it was read; nothing was overwritten."""

    def __init__(self, draft_id: str) -> None:
        """Name the draft."""
        what = "The draft was changed in another window since it was opened"
        super().__init__(
            what, where=draft_id, why="One would overwrite the other", remedy="Go on under a new link; both are kept"
        )


class ChoiceUnreadable(OpdriftError, ValueError):
    """The kept model choice is broken or not whole: it is passed over and renewed."""


class ChoiceOutdated(ChoiceUnreadable):
    """The kept model choice has the form of another version: whole, but not used; it is renewed as with every new version."""


class FileRefused(OpdriftError, ValueError):
    """An input file was refused whole; the other files go on.

    Attributes:
        reason: Short machine word: truncated, unreadable, growing, empty, unknown_kind, changed_columns, shrunk, cpr.
    """

    exit_code = 4

    def __init__(self, reason: str, what: str, *, where: str = "", why: str = "", remedy: str = "") -> None:
        """Compose the message; ``reason`` is the machine word beside it."""
        self.reason = reason
        super().__init__(what, where=where, why=why, remedy=remedy)


class NothingPublished(OpdriftError):
    """No run was published; the last published run stands."""

    exit_code = 3


class BlockingRuleFailed(NothingPublished):
    """A blocking rule failed."""


class NoUsableInput(NothingPublished):
    """No usable input was left after refusals."""


class BalanceBroken(NothingPublished):
    """Rows in and rows used plus set aside, or the kroner, do not meet."""


class PublishRefused(NothingPublished):
    """A mart that breaks its own contract is not published."""


class RunInProgress(OpdriftError, RuntimeError):
    """Another run holds the home."""

    exit_code = 2


class NoPublishedRun(OpdriftError, LookupError):
    """The home has no published run yet."""

    exit_code = 3


class MissingColumns(OpdriftError, KeyError):
    """A table lacks columns that its contract names."""

    __str__ = Exception.__str__

    @classmethod
    def in_table(cls, table: str, missing: list[str], found: list[str]) -> MissingColumns:
        """Build the error from facts.

        Example:
            >>> str(MissingColumns.in_table("postings", ["posted_on"], ["amount_dkk"]))[:41]
            "Table 'postings' lacks ['posted_on']; it "
        """
        return cls(f"Table '{table}' lacks {missing}; it has {found}", remedy="Check the export, or its mapping file")


class MissingPriceIndex(OpdriftError, KeyError):
    """A month of cost has no price index value."""

    __str__ = Exception.__str__
