-- One row per citizen, service, month and age: what disclosure counts. From cases; for services without cases, from postings
-- that name a citizen. Never leaves the warehouse: only counts and largest shares do.
CREATE OR REPLACE TEMP TABLE x_person_cost AS
SELECT service, citizen_id, month, band.age_band, sum(list_cost) AS cost
FROM x_priced JOIN x_bands AS band ON x_priced.age BETWEEN band.low AND band.high
GROUP BY ALL
UNION ALL
SELECT service, citizen_id, month, 'all' AS age_band, greatest(sum(amount), 0)::DECIMAL(24, 4) AS cost
FROM x_postings
WHERE side = 'authority' AND citizen_id IS NOT NULL AND month BETWEEN $first_month AND $cutoff
    AND service NOT IN (SELECT DISTINCT service FROM x_priced)
GROUP BY ALL
