-- C-09: a month against the same month last year. A fall in a month that still waits for invoices is no jump.
WITH base AS ({base}),
span AS (
    SELECT service, min(month) AS first_month, max(month) AS last_month FROM base GROUP BY service
),
calendar AS (
    SELECT service, unnest(generate_series(first_month + INTERVAL 12 MONTH, (SELECT max(month) FROM base), INTERVAL 1 MONTH))::DATE AS month
    FROM span
),
pairs AS (
    SELECT c.service, c.month, coalesce(now.size, 0)::DOUBLE AS size, coalesce(past.size, 0)::DOUBLE AS size_before,
           coalesce(now.amount, 0) - coalesce(past.amount, 0) AS amount
    FROM calendar AS c
    LEFT JOIN base AS now ON now.service = c.service AND now.month = c.month
    LEFT JOIN base AS past ON past.service = c.service AND past.month = c.month - INTERVAL 12 MONTH
)
SELECT service AS member, strftime(month, '%Y-%m') AS period, amount::DECIMAL(18,2) AS amount, false AS blocking
FROM pairs
CROSS JOIN rule_settings AS settings
WHERE size_before >= settings.{thin}
  AND abs(size - size_before) * 100 > settings.jump_pct * size_before
  AND (size > size_before OR month <= (SELECT max(month) FROM base) - to_months({awaited}))
ORDER BY member, period
