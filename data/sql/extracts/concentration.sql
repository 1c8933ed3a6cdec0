-- Citizens and the largest one's share of cost, per level and period. Accounting years count the citizens of the calendar year.
WITH windows AS (
    SELECT *, 'month' AS period_kind, strftime(month, '%Y-%m') AS period, false AS by_band FROM x_person_cost
    UNION ALL SELECT *, 'year', strftime(month, '%Y'), false FROM x_person_cost
    UNION ALL SELECT *, 'trailing12', strftime($cutoff, '%Y-%m'), unnest([false, true])
        FROM x_person_cost WHERE month > $cutoff - INTERVAL 12 MONTH
    UNION ALL SELECT *, 'trailing12', strftime($cutoff - INTERVAL 12 MONTH, '%Y-%m'), unnest([false, true])
        FROM x_person_cost WHERE month <= $cutoff - INTERVAL 12 MONTH AND month > $cutoff - INTERVAL 24 MONTH
),
per_person AS (
    SELECT level.level, level.member, period_kind, period, CASE WHEN by_band THEN age_band ELSE 'all' END AS band, citizen_id,
        sum(cost) AS cost
    FROM windows JOIN x_levels AS level USING (service)
    WHERE NOT by_band OR age_band <> 'all'
    GROUP BY ALL
),
counted AS (
    SELECT level, member, period_kind, period, band AS age_band, count(*) AS n_citizens,
        (max(cost)::DOUBLE / nullif(sum(cost)::DOUBLE, 0)) AS top_share
    FROM per_person GROUP BY ALL
)
SELECT * FROM counted
UNION ALL
SELECT * REPLACE ('accounting_year' AS period_kind) FROM counted WHERE period_kind = 'year'
ORDER BY ALL
