-- C-10: a month without rows between the first and the newest; it blocks inside the newest months.
WITH present AS (
    SELECT DISTINCT date_trunc('month', {month})::DATE AS month
    FROM {source}
    CROSS JOIN rule_settings AS settings
    WHERE {source}.municipality = settings.municipality
),
newest AS (SELECT max(month) AS month FROM present),
calendar AS (
    SELECT unnest(generate_series((SELECT min(month) FROM present), (SELECT month FROM newest), INTERVAL 1 MONTH))::DATE AS month
)
SELECT '' AS member, strftime(c.month, '%Y-%m') AS period, 0::DECIMAL(18,2) AS amount,
       date_diff('month', c.month, (SELECT month FROM newest)) < settings.recent_months AS blocking
FROM calendar AS c
ANTI JOIN present USING (month)
CROSS JOIN rule_settings AS settings
ORDER BY period
