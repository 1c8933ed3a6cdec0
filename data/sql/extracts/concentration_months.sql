-- The same for services that came as sums. Citizens: the largest count among months (and services) of the period, a number
-- that is never too high; without n_citizens the volume stands in (its floor, 1 at least where there is any: part of a month is
-- somebody). Largest share: an upper bound, NULL where any part is unknown.
WITH ours AS (
    SELECT coalesce(word.service, source.service) AS service, date_trunc('month', source.month)::DATE AS month,
        sum(coalesce(source.n_citizens, CASE WHEN source.volume > 0 THEN greatest(1, floor(source.volume)) ELSE 0 END))::BIGINT AS n_citizens,
        sum(greatest(coalesce(source.cost, 0), 0)) AS cost,
        CASE WHEN bool_and(source.top_share IS NOT NULL)
             THEN max((source.top_share * greatest(coalesce(source.cost, 0), 0))::DECIMAL(28, 6)) END AS top_cost  -- summed in any order
    FROM used_case_months AS source LEFT JOIN x_words AS word ON word.word = source.service
    WHERE source.municipality = $municipality AND source.month BETWEEN $first_month AND $cutoff
    GROUP BY ALL
),
windows AS (
    SELECT *, 'month' AS period_kind, strftime(month, '%Y-%m') AS period FROM ours
    UNION ALL SELECT *, 'year', strftime(month, '%Y') FROM ours
    UNION ALL SELECT *, 'trailing12', strftime($cutoff, '%Y-%m') FROM ours WHERE month > $cutoff - INTERVAL 12 MONTH
    UNION ALL SELECT *, 'trailing12', strftime($cutoff - INTERVAL 12 MONTH, '%Y-%m')
        FROM ours WHERE month <= $cutoff - INTERVAL 12 MONTH AND month > $cutoff - INTERVAL 24 MONTH
),
counted AS (
    SELECT level.level, level.member, period_kind, period, 'all' AS age_band, max(n_citizens) AS n_citizens,
        CASE WHEN bool_and(top_cost IS NOT NULL) THEN least(1, sum(top_cost)::DOUBLE / nullif(sum(cost)::DOUBLE, 0)) END AS top_share
    FROM windows JOIN x_levels AS level USING (service)
    WHERE service NOT IN (SELECT DISTINCT service FROM x_person_cost)
    GROUP BY ALL
)
SELECT * FROM counted
UNION ALL
SELECT * REPLACE ('accounting_year' AS period_kind) FROM counted WHERE period_kind = 'year'
ORDER BY ALL
