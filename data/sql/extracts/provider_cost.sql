-- List cost of the same providers: what their active cases should bill.
SELECT provider.provider, priced.month, sum(priced.list_cost)::DOUBLE AS list_cost_nominal
FROM x_priced AS priced JOIN (SELECT DISTINCT provider, provider_id FROM x_provider_bills) AS provider USING (provider_id)
WHERE priced.month >= $first_month
GROUP BY ALL
ORDER BY ALL
