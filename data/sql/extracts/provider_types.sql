-- Cost, volume and citizens per level, member, provider type and period: the 12 newest months (last12) and calendar years that are
-- whole. volume: full-time citizens over the year. Growth: the same citizen's price per unit at the period's last month and
-- twelve months before, at the later month's units (paid_now over paid_before). Sums are decimals: no order of rows matters.
WITH shown AS (
    SELECT service, provider_type, citizen_id, month, sum(list_cost) AS cost, sum(units) AS units,
        sum((days::DOUBLE / month_days)::DECIMAL(18, 9)) AS volume
    FROM x_priced
    WHERE NOT is_once AND month BETWEEN $first_month AND $cutoff
    GROUP BY ALL
),
periods AS (
    SELECT 'last12' AS period, $cutoff - INTERVAL 11 MONTH AS first, $cutoff AS last WHERE $cutoff - INTERVAL 11 MONTH >= $first_month
    UNION ALL
    SELECT year::VARCHAR, make_date(year::INTEGER, 1, 1), make_date(year::INTEGER, 12, 1)
    FROM generate_series(year($cutoff) - 4, year($cutoff)) AS years(year)
    WHERE make_date(year::INTEGER, 1, 1) >= $first_month AND make_date(year::INTEGER, 12, 1) <= $cutoff
),
spent AS (
    SELECT level.level, level.member, provider_type, period, citizen_id, sum(cost) AS cost, sum(volume) AS volume
    FROM shown JOIN x_levels AS level USING (service) JOIN periods ON shown.month BETWEEN periods.first AND periods.last
    GROUP BY ALL
),
counted AS (
    SELECT level, member, provider_type, period, count(*) AS n_citizens,
        max(greatest(cost, 0))::DOUBLE / nullif(sum(greatest(cost, 0))::DOUBLE, 0) AS top_share,
        sum(cost)::DOUBLE AS cost, sum(volume)::DOUBLE / 12.0 AS volume
    FROM spent GROUP BY ALL
),
pairs AS (
    SELECT level.level, level.member, later.provider_type, period, later.citizen_id, sum(later.cost)::DECIMAL(24, 4) AS now,
        sum(round(before.cost::DOUBLE / before.units::DOUBLE * later.units::DOUBLE, 4)::DECIMAL(24, 4)) AS before
    FROM periods
    JOIN shown AS later ON later.month = periods.last
    JOIN shown AS before
        ON before.service = later.service AND before.provider_type = later.provider_type
        AND before.citizen_id = later.citizen_id AND before.month = periods.last - INTERVAL 12 MONTH
    JOIN x_levels AS level ON level.service = later.service
    WHERE later.units > 0 AND before.units > 0 AND before.cost > 0 AND later.cost > 0
    GROUP BY ALL
),
grown AS (
    SELECT level, member, provider_type, period, count(*) AS n_pairs, max(now)::DOUBLE / nullif(sum(now)::DOUBLE, 0) AS top_pair,
        sum(now)::DOUBLE AS paid_now, sum(before)::DOUBLE AS paid_before
    FROM pairs GROUP BY ALL
)
SELECT counted.*, coalesce(grown.n_pairs, 0)::BIGINT AS n_pairs, grown.top_pair, grown.paid_now, grown.paid_before
FROM counted LEFT JOIN grown USING (level, member, provider_type, period)
ORDER BY ALL
