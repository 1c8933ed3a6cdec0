-- Newest month that holds data, per source. A month counts as held when it has at least a tenth of the median month's rows,
-- so that one stray posting dated ahead moves no cutoff. The newest month of postings must also be over: most of its rows reach as
-- far into it (5 days less at most) as in the other months. Half a month of bills taken as a whole one would read as a fall in cost.
WITH posting_months AS (
    SELECT make_date(accounting_year::INTEGER, least(accounting_period, 12)::INTEGER, 1) AS month, count(*) AS rows,
        quantile_disc(posted_on, 0.95) AS reached_on
    FROM used_postings WHERE municipality = $municipality GROUP BY 1
),
month_months AS (
    SELECT date_trunc('month', month)::DATE AS month, count(*) AS rows, NULL::DATE AS reached_on
    FROM used_case_months WHERE municipality = $municipality GROUP BY 1
),
case_months AS (
    SELECT date_trunc('month', coalesce(recorded_on, price_from))::DATE AS month, count(*) AS rows, NULL::DATE AS reached_on
    FROM used_cases WHERE paying_municipality = $municipality GROUP BY 1
),
every_month AS (
    SELECT 'postings' AS source, * FROM posting_months
    UNION ALL SELECT 'case_months', * FROM month_months
    UNION ALL SELECT 'cases', * FROM case_months
),
held AS (
    SELECT source, month, rows >= 0.1 * median(rows) OVER (PARTITION BY source) AS enough,
        coalesce(reached_on - month >= median(reached_on - month) OVER (PARTITION BY source) - 5, true) AS over
    FROM every_month WHERE month <= $bound
)
SELECT source, min(month) FILTER (enough) AS first_month, max(month) FILTER (enough AND over) AS last_month FROM held GROUP BY source
