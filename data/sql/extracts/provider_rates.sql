-- What was billed beside what was agreed (the case's own price), per level, member and provider type: months of cases that a posting
-- names, of the twelve service months that ended half a year before the cutoff, when nearly all bills have come. A month whose bills
-- name no case is left out on both sides.
WITH billed AS (
    SELECT case_id, month, sum(amount) AS billed
    FROM x_postings
    WHERE side = 'authority' AND known AND case_id IS NOT NULL
        AND month BETWEEN $cutoff - INTERVAL 17 MONTH AND $cutoff - INTERVAL 6 MONTH
    GROUP BY ALL
),
agreed AS (
    SELECT case_id, month, service, provider_type, citizen_id, sum(list_cost) AS agreed
    FROM x_priced
    WHERE month BETWEEN $cutoff - INTERVAL 17 MONTH AND $cutoff - INTERVAL 6 MONTH
    GROUP BY ALL
),
cases AS (
    SELECT agreed.*, billed.billed FROM agreed JOIN billed USING (case_id, month)
    QUALIFY count(*) OVER (PARTITION BY case_id, month) = 1
),
per_person AS (
    SELECT level.level, level.member, provider_type, citizen_id, sum(billed) AS billed, sum(agreed) AS agreed
    FROM cases JOIN x_levels AS level USING (service)
    GROUP BY ALL
)
SELECT level, member, provider_type, count(*) AS n_citizens,
    max(greatest(agreed, 0))::DOUBLE / nullif(sum(greatest(agreed, 0))::DOUBLE, 0) AS top_share,
    sum(billed)::DOUBLE AS billed, sum(agreed)::DOUBLE AS agreed
FROM per_person GROUP BY ALL
ORDER BY ALL
