"""The seeded synthetic municipality behind ``opdrift sample``. It shares no formula with the models.

What the files hold, and where a reader could go wrong:

* **Ledger** (``ledger_YYYY.csv``): accounting years of the window, cut into files by the year of *posting*; period 13 of one
  year lies in the next year's file. Late invoices for up to 14 months before the window are in it. What is posted after the
  window is not: ``truth.json`` has it under ``not_yet_posted_dkk``.
* **Price of a case and month**: day x calendar days; §§ 103 and 104 x opening days; month in proportion to its days; hour x
  hours per week x days / 7. ``ended_on`` is the last day paid. Places sold are cases with another ``paying_municipality``.
* **Cases** (``cases_YYYY-MM.csv``): a snapshot of what was recorded by the last day; price rows begin on 1 January of the
  window's first year, so volume can't be counted before the window.
* **Own institutions**: settlement is paid as art 91 and earned as art 97 on the same function, zero together in each
  accounting period; payroll and goods (10, 22-29) name no service month; places sold are art 77.
* **Budget**: account class 1 of a frame, net (authority gross, institutions' net, income); ``revised`` is whole, ``carried
  over`` comes on top. State refund is account class 2 and outside.
* **OS2BOS** (``os2bos/``): children's services and shelters of the last five years, monthly payments.
"""

from data.synthetic.sample import SampleSummary, write_sample

__all__ = ["SampleSummary", "write_sample"]
