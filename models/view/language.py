"""Danish and English: texts from gettext catalogues, numbers and dates as the language writes them (Babel).

The Danish text is the message id. The English catalogue is read as it stands (``.po``), so there is no second, compiled
copy to fall out of step; a test holds that no text lacks its English.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from babel.dates import format_date, format_datetime
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

LANGUAGES = {"da": "Dansk", "en": "English"}
MILLION = 1e6
NO_FIGURE = "–"
_MINUS = "\N{MINUS SIGN}"
_CURRENCY_DA = {"DKK": "kr."}


def message(text: str) -> str:
    """Mark a text that is said later, so that the test of the catalogue finds it."""
    return text


@dataclass(frozen=True)
class Language:
    """One language of the pages.

    Attributes:
        code: ``da`` or ``en``.
        currency: Currency of the run's amounts, ISO code.
    """

    code: str = "da"
    currency: str = "DKK"

    @property
    def locale(self) -> str:
        """Babel's name of the language's region: English keeps Danish habits out, but the day before the month."""
        return {"da": "da_DK", "en": "en_GB"}[self.code]

    def text(self, message: str, **values: object) -> str:
        """Say a Danish text in this language.

        Args:
            message: Danish text, with named places in braces.
            values: What goes in the places.

        Example:
            >>> Language("da").text("Kørsel {run}", run=1), Language("en").text("Overblik")
            ('Kørsel 1', 'Overview')
        """
        said = message if self.code == "da" else catalogue(self.code).get(message, message)
        return said.format(**values).replace("kr..", "kr.") if values else said

    def count(self, number: int, one: str, many: str, **values: object) -> str:
        """Say a text that depends on a number, in the singular or the plural.

        Example:
            >>> Language("da").count(1, "{n} fil er afvist.", "{n} filer er afvist.")
            '1 fil er afvist.'
        """
        return self.text(one if number == 1 else many, n=self.number(number, decimals=0), **values)

    def pick(self, danish: str, english: str) -> str:
        """The label of published data that belongs to this language."""
        return danish if self.code == "da" else english

    @property
    def money_unit(self) -> str:
        """Unit of large amounts.

        Example:
            >>> Language("da").money_unit, Language("en", currency="AUD").money_unit
            ('mio. kr.', 'm AUD')
        """
        if self.code == "da":
            return f"mio. {_CURRENCY_DA.get(self.currency, self.currency)}"
        return f"m {self.currency}"

    def number(self, value: float, *, decimals: int = 1, signed: bool = False) -> str:
        """Write a number; NaN and None become a dash.

        Example:
            >>> Language("da").number(1234.5), Language("da").number(-2.0, signed=True), Language("da").number(float("nan"))
            ('1.234,5', '−2,0', '–')
        """
        if value is None or math.isnan(value):
            return NO_FIGURE
        pattern = "#,##0." + "0" * decimals if decimals else "#,##0"
        rounded = round(float(value), decimals) + 0.0
        sign = _MINUS if rounded < 0 else ("+" if signed and rounded > 0 else "")
        return sign + _written(abs(rounded), pattern, self.locale)

    def million(self, value: float, *, signed: bool = False) -> str:
        """Write an amount in millions, without its unit.

        Example:
            >>> Language("da").million(1_234_500_000.0)
            '1.234,5'
        """
        return NO_FIGURE if value is None else self.number(value / MILLION, signed=signed)

    def money(self, value: float, *, signed: bool = False) -> str:
        """Write an amount in millions with its unit.

        Example:
            >>> Language("da").money(1_234_500_000.0), Language("en").money(-5e6)
            ('1.234,5 mio. kr.', '−5.0 m DKK')
        """
        written = self.million(value, signed=signed)
        return written if written == NO_FIGURE else f"{written} {self.money_unit}"

    def percent(self, share: float, *, decimals: int = 0, signed: bool = False) -> str:
        """Write a share as per cent.

        Example:
            >>> Language("da").percent(0.024, decimals=1), Language("en").percent(-0.02, signed=True)
            ('2,4 %', '−2%')
        """
        if share is None or math.isnan(share):
            return NO_FIGURE
        rounded = round(share, decimals + 2) + 0.0
        pattern = ("#,##0." + "0" * decimals if decimals else "#,##0") + {"da": "\N{NO-BREAK SPACE}%", "en": "%"}[self.code]
        sign = _MINUS if rounded < 0 else ("+" if signed and rounded > 0 else "")
        return sign + str(format_percent(abs(rounded), format=pattern, locale=self.locale)).replace("\N{NO-BREAK SPACE}", " ")

    def day(self, value: date) -> str:
        """Write a date.

        Example:
            >>> from datetime import date
            >>> Language("da").day(date(2026, 12, 1)), Language("en").day(date(2026, 12, 1))
            ('1. december 2026', '1 December 2026')
        """
        return str(format_date(value, "d. MMMM y" if self.code == "da" else "d MMMM y", locale=self.locale))

    def moment(self, value: datetime) -> str:
        """Write a date and time of day."""
        pattern = "d. MMMM y 'kl.' HH.mm" if self.code == "da" else "d MMMM y, HH:mm"
        return str(format_datetime(value, pattern, locale=self.locale))

    def month(self, value: date) -> str:
        """Write a month.

        Example:
            >>> from datetime import date
            >>> Language("da").month(date(2026, 12, 1))
            'december 2026'
        """
        return str(format_date(value, "LLLL y", locale=self.locale))


@lru_cache(maxsize=8192)
def _written(size: float, pattern: str, locale: str) -> str:
    """A page says the same figures again at every move of a slider."""
    return str(format_decimal(size, format=pattern, locale=locale))


@lru_cache(maxsize=4)
def catalogue(code: str) -> Mapping[str, str]:
    """Every translated text of one language: Danish -> translation.

    Raises:
        FileNotFoundError: There is no catalogue of that language.
    """
    file = files("data") / "locale" / code / "LC_MESSAGES" / "opdrift.po"
    with file.open("rb") as stream:
        read = read_po(stream, locale=code)
    return {str(item.id): str(item.string) for item in read if item.id and item.string}
