-- Every krone of the frames' ledger by accounting period (13: supplementary); ahead = true: paid before its service month is over
-- at the cutoff, so the forecast of that month holds it.
SELECT frame, service, accounting_year, accounting_period, side, line, month > $cutoff AS ahead, sum(amount)::DOUBLE AS amount
FROM x_postings
GROUP BY ALL
ORDER BY ALL
