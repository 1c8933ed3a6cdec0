-- C-26: two placements around the clock of one citizen in different services at once, for longer than a change of place takes.
-- worth: list cost of the cheaper one in the months that both are there.
WITH spans AS (
    SELECT citizen_id, case_id, service, min(start_date) AS starts, max(row_id) AS row_id,
           max(coalesce(ended_on, (SELECT last_day(newest) FROM rule_span))) AS ends
    FROM used_cases
    WHERE service IN (SELECT service FROM rule_placements) AND price_unit <> 'once'
    GROUP BY ALL
),
pairs AS (
    SELECT later.row_id, later.case_id, earlier.case_id AS other, greatest(later.starts, earlier.starts) AS first_day,
           least(later.ends, earlier.ends) AS last_day
    FROM spans AS later
    JOIN spans AS earlier ON earlier.citizen_id = later.citizen_id AND earlier.service <> later.service
        AND (earlier.starts, earlier.case_id) < (later.starts, later.case_id)
),
long AS (
    SELECT pairs.* FROM pairs CROSS JOIN rule_settings AS settings
    WHERE date_diff('day', first_day, last_day) > settings.overlap_days
),
shared AS (
    SELECT long.row_id, long.case_id, sum(least(a.cost, b.cost)) AS worth
    FROM long
    JOIN rule_case_costs AS a ON a.case_id = long.case_id
    JOIN rule_case_costs AS b ON b.case_id = long.other AND b.month = a.month
    WHERE a.month BETWEEN date_trunc('month', long.first_day) AND long.last_day
    GROUP BY ALL
)
SELECT long.row_id, coalesce(max(shared.worth), 0)::DECIMAL(18,2) AS worth
FROM long LEFT JOIN shared USING (row_id)
GROUP BY long.row_id
