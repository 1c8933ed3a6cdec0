-- Full-time citizens, priced units and list cost per service, month, single year of age and provider type.
SELECT service, month, age, provider_type,
    (sum(days)::DOUBLE / any_value(month_days)) AS volume,
    sum(units)::DOUBLE AS units,
    sum(list_cost)::DOUBLE AS list_cost_nominal
FROM x_priced
GROUP BY service, month, age, provider_type
ORDER BY service, month, age, provider_type
