-- Citizens behind what was posted in a month to a kind of payee, and the largest one's share. No row where no posting names one.
WITH per_person AS (
    SELECT payee_kind, posted_month AS month, citizen_id, greatest(sum(amount), 0) AS cost
    FROM x_postings
    WHERE side = 'authority' AND known AND citizen_id IS NOT NULL AND posted_month > $cutoff - INTERVAL 24 MONTH
    GROUP BY ALL
)
SELECT payee_kind, month, count(*) AS n_citizens, (max(cost)::DOUBLE / nullif(sum(cost)::DOUBLE, 0)) AS top_share
FROM per_person
GROUP BY payee_kind, month
ORDER BY payee_kind, month
