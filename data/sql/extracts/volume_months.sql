-- Counts and cost that the source already summed. An age band is spread evenly over its single years of age.
WITH ours AS (
    SELECT coalesce(word.service, source.service) AS service, date_trunc('month', source.month)::DATE AS month, source.age_band,
        source.volume, source.cost
    FROM used_case_months AS source
    LEFT JOIN x_words AS word ON word.word = source.service
    WHERE source.municipality = $municipality AND source.month <= $cutoff
),
bands AS (
    SELECT DISTINCT age_band,
        least($oldest, regexp_extract(age_band, '^\d+')::INTEGER) AS low,
        least($oldest, coalesce(nullif(regexp_extract(age_band, '-(\d+)$', 1), '')::INTEGER, $oldest)) AS high
    FROM ours WHERE age_band IS NOT NULL
),
spread AS (
    SELECT ours.*, unnest(CASE WHEN bands.low IS NULL THEN [-1] ELSE generate_series(bands.low, greatest(bands.high, bands.low)) END)
        AS age,
        coalesce(greatest(bands.high, bands.low) - bands.low + 1, 1) AS n_ages
    FROM ours LEFT JOIN bands USING (age_band)
)
SELECT service, month, age::INTEGER AS age, 'unknown' AS provider_type,
    sum((volume / n_ages)::DECIMAL(28, 10))::DOUBLE AS volume,
    sum((volume / n_ages)::DECIMAL(28, 10))::DOUBLE AS units,
    sum(cost::DECIMAL(24, 6) / n_ages)::DOUBLE AS list_cost_nominal
FROM spread
WHERE service NOT IN (SELECT DISTINCT service FROM x_priced)
GROUP BY service, month, age
ORDER BY service, month, age
