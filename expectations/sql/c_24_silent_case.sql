-- C-24: a case stands open, was billed before, and nothing has been posted on it (or its citizen in the service) for months.
-- No column of the contract tells a death or a move: silence is the sign there is.
WITH heard AS (
    SELECT case_id, max(month) AS newest
    FROM (
        SELECT case_id, max(month) AS month FROM rule_bills WHERE case_id IS NOT NULL GROUP BY case_id
        UNION ALL
        SELECT c.case_id, max(b.month)
        FROM (SELECT DISTINCT case_id, citizen_id, service FROM used_cases) AS c
        JOIN rule_bills AS b ON b.service = c.service AND b.citizen_id = c.citizen_id
        WHERE b.case_id IS NULL
        GROUP BY c.case_id
    )
    GROUP BY case_id
),
silent AS (
    SELECT heard.case_id, heard.newest
    FROM heard CROSS JOIN rule_settings AS settings
    WHERE heard.newest < (SELECT newest FROM rule_span) - to_months(settings.silent_months::INTEGER)
),
worth AS (
    SELECT c.case_id, sum(c.cost)::DECIMAL(18,2) AS worth
    FROM rule_case_costs AS c JOIN silent USING (case_id)
    WHERE c.month > silent.newest GROUP BY ALL
)
SELECT max(c.row_id) AS row_id, any_value(worth.worth) AS worth
FROM used_cases AS c JOIN worth USING (case_id)
GROUP BY c.case_id
HAVING count(c.ended_on) = 0 AND worth > 0
