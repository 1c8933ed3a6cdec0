-- population and projections: sexes added (rows of both sexes together are used only where M and K are missing),
-- ages over the oldest added to it.
WITH ours AS (
    SELECT * FROM {table} WHERE municipality = $municipality
),
by_sex AS (
    SELECT *, bool_or(sex <> 'T') OVER (PARTITION BY {keys} age) AS has_sexes FROM ours
)
SELECT {keys} least(age, $oldest)::INTEGER AS age, sum(persons::DECIMAL(18, 4))::DOUBLE AS persons
FROM by_sex
WHERE (sex <> 'T') = has_sexes
GROUP BY ALL
ORDER BY ALL
