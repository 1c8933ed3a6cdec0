-- Every krone of the frames' ledger in accounting years; month is NULL where the service month is not known.
SELECT frame, service, accounting_year, CASE WHEN known THEN month END AS service_month, side, line, sum(amount)::DOUBLE AS amount
FROM x_postings
GROUP BY ALL
ORDER BY ALL
