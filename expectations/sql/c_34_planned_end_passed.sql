-- C-34: an open case of ours whose planned end, by its newest price, passed more than planned_days before the end of the newest month.
-- A planned end is evidence, not an end: the case counts on. worth: nothing, since what it costs may be right.
WITH newest AS (
    SELECT case_id, max(row_id) AS row_id, last(planned_end ORDER BY price_from, row_id) AS planned_end
    FROM used_cases
    WHERE price_unit <> 'once' AND paying_municipality = (SELECT municipality FROM rule_settings)
    GROUP BY case_id
    HAVING count(ended_on) = 0
)
SELECT row_id, 0::DECIMAL(18,2) AS worth
FROM newest CROSS JOIN rule_settings AS settings
WHERE planned_end < last_day((SELECT newest FROM rule_span)) - settings.planned_days::INTEGER
