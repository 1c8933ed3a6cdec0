-- Commitments per service and calendar year: known cases beside the case list, and those of no known case; with the citizens and
-- the largest one's share behind each amount and behind the difference.
WITH per_person AS (
    SELECT service, year(month)::INTEGER AS year, matched, citizen_id, sum(committed) AS committed, sum(listed) AS listed
    FROM x_commitments
    WHERE service IS NOT NULL
    GROUP BY ALL
),
judged AS (
    SELECT *, CASE WHEN abs(committed - listed) > 1 THEN abs(committed - listed) ELSE 0 END AS apart FROM per_person
)
SELECT service, year,
    sum(CASE WHEN matched THEN committed ELSE 0 END)::DOUBLE AS committed,
    sum(CASE WHEN matched THEN listed ELSE 0 END)::DOUBLE AS listed,
    count(DISTINCT CASE WHEN matched THEN citizen_id END) AS n_citizens,
    max(CASE WHEN matched THEN committed END)::DOUBLE / nullif(sum(CASE WHEN matched THEN committed END)::DOUBLE, 0) AS top_share,
    count(DISTINCT CASE WHEN matched AND apart > 0 THEN citizen_id END) AS n_apart,
    max(CASE WHEN matched THEN apart END)::DOUBLE / nullif(sum(CASE WHEN matched THEN apart END)::DOUBLE, 0) AS top_apart,
    sum(CASE WHEN matched THEN 0 ELSE committed END)::DOUBLE AS unmatched,
    count(DISTINCT CASE WHEN NOT matched THEN citizen_id END) AS n_unmatched,
    max(CASE WHEN NOT matched THEN committed END)::DOUBLE / nullif(sum(CASE WHEN NOT matched THEN committed END)::DOUBLE, 0)
        AS top_unmatched
FROM judged
GROUP BY ALL
ORDER BY ALL
