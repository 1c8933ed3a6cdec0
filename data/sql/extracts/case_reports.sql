-- Full-time citizens by how many months after the service month the system first knew of their case (recorded_on): the triangle
-- that case counts are completed by. lag = -1: the source doesn't say. What was recorded after the cutoff counts as known at it.
SELECT service, month,
    CASE WHEN recorded_month IS NULL THEN -1
         ELSE greatest(0, date_diff('month', month, least(recorded_month, $cutoff))) END::INTEGER AS lag,
    (sum(days)::DOUBLE / any_value(month_days)) AS volume
FROM x_priced
WHERE month >= $first_month
GROUP BY service, month, lag
ORDER BY service, month, lag
