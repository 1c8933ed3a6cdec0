-- What provider_bills holds, summed.
SELECT provider, payee_kind, service_month, posted_month, sum(amount)::DOUBLE AS amount
FROM x_provider_bills
GROUP BY ALL
ORDER BY ALL
