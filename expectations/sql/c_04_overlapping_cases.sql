-- C-04: cases of one citizen and service that share more than the day of change; the later-starting case's rows fail.
-- The walk keeps the end of the last case that stands, so that a case overlapping only a failed one stands too.
WITH RECURSIVE spans AS (
    SELECT citizen_id, service, case_id, min(start_date) AS starts, min(row_id) AS first_row,
           max(coalesce(ended_on, DATE '9999-12-31')) AS ends
    FROM {source}
    WHERE price_unit <> 'once'
    GROUP BY citizen_id, service, case_id
),
suspects AS (
    SELECT citizen_id, service FROM spans GROUP BY citizen_id, service HAVING count(*) > 1
),
numbered AS (
    SELECT spans.*, row_number() OVER (PARTITION BY citizen_id, service ORDER BY starts, first_row) AS nth
    FROM spans SEMI JOIN suspects USING (citizen_id, service)
),
walk AS (
    SELECT citizen_id, service, case_id, nth, ends AS kept_until, false AS fails FROM numbered WHERE nth = 1
    UNION ALL
    SELECT n.citizen_id, n.service, n.case_id, n.nth,
           CASE WHEN n.starts < w.kept_until THEN w.kept_until ELSE n.ends END, n.starts < w.kept_until
    FROM walk AS w
    JOIN numbered AS n ON n.citizen_id = w.citizen_id AND n.service = w.service AND n.nth = w.nth + 1
)
SELECT s.row_id
FROM {source} AS s
JOIN walk AS w ON w.citizen_id = s.citizen_id AND w.service = s.service AND w.case_id = s.case_id
WHERE w.fails AND s.price_unit <> 'once'
