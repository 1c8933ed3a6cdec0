-- Authority gross by service month and month of posting, per kind of payee. known = false: no service month was given.
SELECT service, payee_kind, known, month AS service_month, greatest(posted_month, month) AS posted_month, accounting_year,
    sum(amount)::DOUBLE AS amount
FROM x_postings
WHERE side = 'authority' AND month <= $cutoff
GROUP BY ALL
ORDER BY ALL
