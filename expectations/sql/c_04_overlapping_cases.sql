-- C-04: cases of one citizen and service that share more than a change takes; the later-starting case's rows fail.
-- A change is a case that goes on after the one before it has ended, at most overlap_days into it: it stands (C-33 tells it), else
-- an old case closed two days late would take the citizen's open case out of the forecast. A case that ends within another stays out.
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
    SELECT spans.*, settings.overlap_days, row_number() OVER (PARTITION BY citizen_id, service ORDER BY starts, first_row) AS nth
    FROM spans SEMI JOIN suspects USING (citizen_id, service) CROSS JOIN rule_settings AS settings
),
walk AS (
    SELECT citizen_id, service, case_id, nth, ends AS kept_until, false AS fails FROM numbered WHERE nth = 1
    UNION ALL
    SELECT citizen_id, service, case_id, nth, CASE WHEN fails THEN kept_until ELSE ends END, fails
    FROM (
        SELECT n.*, w.kept_until,
               n.starts < w.kept_until
               AND (n.ends <= w.kept_until OR date_diff('day', n.starts, w.kept_until) > n.overlap_days) AS fails
        FROM walk AS w
        JOIN numbered AS n ON n.citizen_id = w.citizen_id AND n.service = w.service AND n.nth = w.nth + 1
    )
)
SELECT s.row_id
FROM {source} AS s
JOIN walk AS w ON w.citizen_id = s.citizen_id AND w.service = s.service AND w.case_id = s.case_id
WHERE w.fails AND s.price_unit <> 'once'
