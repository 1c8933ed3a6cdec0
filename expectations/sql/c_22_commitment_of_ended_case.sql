-- C-22: a commitment in a month after its case has ended.
WITH ended AS (
    SELECT case_id, max(ended_on) AS ended_on FROM used_cases GROUP BY case_id HAVING count(*) = count(ended_on)
)
SELECT c.row_id FROM used_commitments AS c JOIN ended AS e ON e.case_id = c.case_id WHERE c.month > e.ended_on
