-- Budget per frame, service, accounting year, version and price level. A row without a service takes the only one that has its
-- function in that year; NULL: the budget is the frame's own. function_known = false: neither catalogue nor frames have it.
WITH lone AS (
    SELECT budget.function, budget.year, min(account.service) AS service
    FROM (SELECT DISTINCT function, year FROM used_budget WHERE municipality = $municipality) AS budget
    JOIN x_accounts AS account ON account.function = budget.function
        AND make_date(budget.year::INTEGER, 1, 1) BETWEEN account.valid_from AND account.valid_to
    GROUP BY ALL
    HAVING count(DISTINCT account.service) = 1
)
SELECT budget.frame, coalesce(word.service, budget.service, lone.service) AS service, budget.year, budget.version, budget.price_level,
    coalesce(
        budget.function IN (SELECT function FROM x_accounts)
            OR budget.function IN (SELECT function FROM used_frames WHERE function IS NOT NULL),
        true
    ) AS function_known,
    sum(budget.amount_dkk)::DOUBLE AS amount_dkk
FROM used_budget AS budget
LEFT JOIN x_words AS word ON word.word = budget.service
LEFT JOIN lone ON lone.function = budget.function AND lone.year = budget.year
WHERE budget.municipality = $municipality
GROUP BY ALL
ORDER BY ALL
