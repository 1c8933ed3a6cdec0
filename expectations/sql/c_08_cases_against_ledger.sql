-- C-08: list cost of cases against the ledger's authority gross, per function and service month that no invoice is awaited for.
-- A day programme (Serviceloven 103 and 104) bills opening days, unless calendar days lie nearer its own ledger.
WITH complete AS (
    SELECT newest - to_months(settings.complete_months::INTEGER) AS until, first_posted FROM rule_span CROSS JOIN rule_settings AS settings
),
by_calendar_day AS (
    SELECT c.service
    FROM (SELECT service, month, sum(amount)::DOUBLE AS amount FROM rule_ledger GROUP BY ALL) AS l
    JOIN rule_case_months AS c USING (service, month)
    GROUP BY c.service
    HAVING sum(amount) > 0 AND sum(cost) > 0 AND sum(cost_open) > 0
       AND abs(ln(sum(amount) / sum(cost))) < abs(ln(sum(amount) / sum(cost_open)))
),
based AS (
    SELECT c.service, c.month, c.rows_without_cost,
           CASE WHEN s.opening_days AND c.service NOT IN (SELECT service FROM by_calendar_day) THEN c.cost_open ELSE c.cost END AS cost
    FROM rule_case_months AS c
    JOIN rule_services AS s ON s.service = c.service
),
by_case AS (
    SELECT a."function", c.month, sum(c.cost) AS cost, sum(c.rows_without_cost) AS rows_without_cost
    FROM based AS c
    JOIN (SELECT DISTINCT service, "function", valid_from, valid_to FROM rule_accounts) AS a
      ON a.service = c.service AND make_date(year(c.month), 1, 1) BETWEEN a.valid_from AND a.valid_to
    GROUP BY ALL
),
by_ledger AS (
    SELECT "function", month, sum(amount)::DOUBLE AS amount
    FROM rule_ledger
    WHERE service IN (SELECT service FROM rule_case_months)
    GROUP BY ALL
),
span AS (
    SELECT greatest(l.first_month, c.first_month, (SELECT first_posted FROM complete)) AS first_month
    FROM (SELECT min(month) AS first_month FROM by_ledger) AS l, (SELECT min(month) AS first_month FROM by_case) AS c
),
compared AS (
    SELECT "function", month, coalesce(c.cost, 0) AS cost, coalesce(l.amount, 0) AS amount, coalesce(c.rows_without_cost, 0) AS unpriced
    FROM by_case AS c FULL JOIN by_ledger AS l USING ("function", month)
)
SELECT "function" AS member, strftime(month, '%Y-%m') AS period, round(cost - amount, 2)::DECIMAL(18,2) AS amount, false AS blocking
FROM compared
CROSS JOIN rule_settings AS settings
WHERE unpriced = 0 AND month >= (SELECT first_month FROM span) AND month < (SELECT until FROM complete)
  AND abs(cost - amount) > settings.ledger_tolerance_dkk
  AND abs(cost - amount) * 100 > settings.ledger_tolerance_pct * greatest(cost, amount)
ORDER BY member, period
