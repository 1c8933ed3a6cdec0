-- Budget per frame, accounting year, version and price level.
SELECT frame, year, version, price_level, sum(amount_dkk)::DOUBLE AS amount_dkk
FROM used_budget
WHERE municipality = $municipality
GROUP BY ALL
ORDER BY ALL
