-- Providers of each frame in the 12 newest months: numbered, never named. Of one kind (provider_type) in a frame, those with fewer
-- citizens than $min_citizens, or one citizen above $max_top_share, are one row (is_pooled). Cases that name no provider are their
-- own kind (unnamed). One-off amounts are left out, as in provider_types.
WITH spent AS (
    SELECT level.member AS frame, provider_id, CASE WHEN provider_id IS NULL THEN 'unnamed' ELSE provider_type END AS provider_type,
        citizen_id, sum(list_cost) AS cost
    FROM x_priced JOIN x_levels AS level USING (service)
    WHERE level.level = 'frame' AND NOT is_once AND month > $cutoff - INTERVAL 12 MONTH AND month <= $cutoff
    GROUP BY ALL
),
judged AS (
    SELECT frame, provider_id, provider_type,
        count(*) < $min_citizens
        OR max(greatest(cost, 0))::DOUBLE > $max_top_share * sum(greatest(cost, 0))::DOUBLE AS is_pooled
    FROM spent GROUP BY ALL
),
groups AS (
    SELECT spent.frame, judged.is_pooled, CASE WHEN judged.is_pooled THEN NULL ELSE spent.provider_id END AS provider_id,
        judged.provider_type, spent.citizen_id, sum(spent.cost) AS cost
    FROM spent
    JOIN judged ON judged.frame = spent.frame AND judged.provider_type = spent.provider_type
        AND judged.provider_id IS NOT DISTINCT FROM spent.provider_id
    GROUP BY ALL
),
counted AS (
    SELECT frame, is_pooled, provider_id, provider_type, count(*) AS n_citizens, sum(cost) AS cost,
        max(greatest(cost, 0))::DOUBLE / nullif(sum(greatest(cost, 0))::DOUBLE, 0) AS top_share
    FROM groups GROUP BY ALL
)
SELECT counted.frame, counted.is_pooled, counted.provider_type,
    row_number() OVER (PARTITION BY counted.frame ORDER BY counted.is_pooled, cost DESC, n_citizens DESC, provider_id) AS place,
    CASE WHEN counted.is_pooled THEN (
        SELECT count(*) FROM judged
        WHERE judged.frame = counted.frame AND judged.provider_type = counted.provider_type AND judged.is_pooled
            AND judged.provider_id IS NOT NULL
    ) ELSE 1 END AS n_providers,
    n_citizens, top_share, cost::DOUBLE AS cost
FROM counted
ORDER BY counted.frame, place
