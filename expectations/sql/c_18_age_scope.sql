-- C-18: the citizen's age when the price begins lies outside the service's ages; the month of the birthday counts as both.
SELECT c.row_id
FROM used_cases AS c
JOIN rule_services AS s ON s.service = c.service
WHERE date_diff('month', c.birth_month, c.price_from) < s.lowest_age * 12
   OR date_diff('month', c.birth_month, c.price_from) > (s.highest_age + 1) * 12
