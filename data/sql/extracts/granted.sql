-- Cases that are granted (recorded) and begin after the cutoff's month, as granted_months has them: how many citizens and cases, a
-- full year's price, and the largest citizen's share of it. Whose citizen has an open case of the same service is a renewal.
WITH first_price AS (
    SELECT case_id, citizen_id, CASE price_unit
        WHEN 'day' THEN price * 365
        WHEN 'week' THEN price * 365 / 7
        WHEN 'month' THEN price * 12
        WHEN 'year' THEN price
        WHEN 'hour' THEN price * hours_per_week * 365 / 7
    END::DECIMAL(24, 4) AS dkk
    FROM used_cases AS cases
    WHERE paying_municipality = $municipality AND start_date > $last_day AND recorded_on IS NOT NULL AND price_unit <> 'once'
        AND NOT EXISTS (
            SELECT 1 FROM used_cases AS open_one
            WHERE open_one.citizen_id = cases.citizen_id AND open_one.service = cases.service AND open_one.case_id <> cases.case_id
                AND open_one.start_date <= $last_day AND coalesce(open_one.ended_on, DATE '9999-12-31') > $last_day
        )
    QUALIFY row_number() OVER (PARTITION BY case_id ORDER BY price_from) = 1
),
per_citizen AS (
    SELECT citizen_id, count(*) AS n_cases, sum(coalesce(dkk, 0)) AS dkk FROM first_price GROUP BY citizen_id
)
SELECT count(*) AS n_citizens, coalesce(sum(n_cases), 0)::BIGINT AS n_cases, coalesce(sum(dkk), 0)::DOUBLE AS dkk,
    coalesce(max(dkk)::DOUBLE / nullif(sum(dkk)::DOUBLE, 0), 0) AS top_share
FROM per_citizen
