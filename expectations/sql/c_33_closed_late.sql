-- C-33: a case that runs some days into the next one of the same citizen and service (C-04 lets it stand). Its own row is the one to
-- mend. person_months counts those days once, on the next case. worth: its list cost in them, at the price of its last month.
WITH spans AS (
    SELECT citizen_id, service, case_id, min(start_date) AS starts, min(row_id) AS first_row, max(row_id) AS row_id,
           max(coalesce(ended_on, DATE '9999-12-31')) AS ends
    FROM used_cases
    WHERE price_unit <> 'once' AND paying_municipality = (SELECT municipality FROM rule_settings)
    GROUP BY citizen_id, service, case_id
),
followed AS (
    SELECT *, lead(starts) OVER kin AS next_start, lead(ends) OVER kin AS next_ends
    FROM spans
    WINDOW kin AS (PARTITION BY citizen_id, service ORDER BY starts, first_row)
)
SELECT f.row_id, coalesce(c.cost / nullif(c.days, 0) * date_diff('day', f.next_start, f.ends), 0)::DECIMAL(18,2) AS worth
FROM followed AS f
LEFT JOIN rule_case_costs AS c ON c.case_id = f.case_id AND c.month = date_trunc('month', f.ends)
WHERE f.next_start < f.ends AND f.ends < f.next_ends
