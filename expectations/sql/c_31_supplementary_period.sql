-- C-31: a posting in period 13 that can't belong to the supplementary period: posted before the year was over or more than a
-- quarter after it, or for a service month of the new year.
SELECT p.row_id
FROM used_postings AS p CROSS JOIN rule_settings AS settings
WHERE p.accounting_period = 13
  AND (year(p.posted_on) <= p.accounting_year
       OR p.posted_on > make_date(p.accounting_year + 1, settings.supplementary_months::INTEGER, 1) + INTERVAL 1 MONTH - INTERVAL 1 DAY
       OR year(p.service_month) > p.accounting_year)
