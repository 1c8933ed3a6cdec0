-- C-30: a service's postings left one function for another between two accounting years: most of what a function held is gone, and a
-- function that held next to nothing has it. Moves that the service catalogue dates are known. amount: what moved.
WITH years AS (
    SELECT "function", coalesce("grouping", '') AS "grouping", accounting_year AS year, sum(amount_dkk)::DOUBLE AS amount
    FROM used_postings AS p CROSS JOIN rule_settings AS settings
    WHERE account_class = '1' AND p.municipality = settings.municipality AND accounting_period <= 12
      AND expense_type IN (SELECT expense_type FROM rule_authority_types)
      AND left("function", 3) IN (SELECT DISTINCT left("function", 3) FROM rule_accounts)
    GROUP BY ALL
),
newest AS (SELECT max(accounting_year) AS year FROM used_postings WHERE accounting_period = 12),
oldest AS (SELECT min(accounting_year) AS year FROM used_postings),
changes AS (
    SELECT coalesce(b.year, a.year + 1) AS year, coalesce(a."function", b."function") AS "function",
           coalesce(a."grouping", b."grouping") AS "grouping", coalesce(a.amount, 0) AS before, coalesce(b.amount, 0) AS after
    FROM years AS a
    FULL JOIN years AS b ON b."function" = a."function" AND b."grouping" = a."grouping" AND b.year = a.year + 1
),
undated AS (
    SELECT c.*, EXISTS (
        SELECT 1 FROM rule_accounts AS r
        WHERE r."function" = c."function" AND r."grouping" IN (c."grouping", '')
          AND (year(r.valid_from) = c.year OR year(r.valid_to) = c.year - 1)
    ) AS is_dated
    FROM changes AS c WHERE c.year > (SELECT year FROM oldest) AND c.year <= (SELECT year FROM newest)
),
gone AS (
    SELECT u.* FROM undated AS u CROSS JOIN rule_settings AS settings
    WHERE NOT is_dated AND before > settings.moved_dkk AND after < 0.1 * before
),
come AS (
    SELECT u.* FROM undated AS u CROSS JOIN rule_settings AS settings
    WHERE NOT is_dated AND after > settings.moved_dkk AND before < 0.1 * after
)
SELECT gone."function" || CASE WHEN gone."grouping" = '' THEN '' ELSE '.' || gone."grouping" END
       || coalesce(' > ' || come."function" || CASE WHEN come."grouping" = '' THEN '' ELSE '.' || come."grouping" END, '') AS member,
       gone.year::VARCHAR AS period, round(gone.before - gone.after, 2)::DECIMAL(18,2) AS amount, false AS blocking
FROM gone
LEFT JOIN come ON come.year = gone.year AND come.after BETWEEN 0.7 * gone.before AND 1.4 * gone.before
QUALIFY row_number() OVER (
    PARTITION BY gone."function", gone."grouping", gone.year ORDER BY abs(come.after - gone.before), come."function", come."grouping"
) = 1
ORDER BY member, period
