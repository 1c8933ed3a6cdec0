-- How many cases with a month of history say what the refund needs to know of them, and how many it concerns.
SELECT 'citizen_income' AS input, count(DISTINCT case_id) AS cases,
    count(DISTINCT case_id) FILTER (citizen_income IS NULL) AS missing
FROM x_priced WHERE month >= $first_month
UNION ALL
SELECT 'household_id', count(DISTINCT case_id), count(DISTINCT case_id) FILTER (household_id IS NULL)
FROM x_priced WHERE month >= $first_month AND age < 18
UNION ALL
SELECT 'objective_financing', count(DISTINCT case_id), count(DISTINCT case_id) FILTER (objective_financing IS NULL)
FROM x_priced WHERE month >= $first_month
UNION ALL
SELECT 'refund_before_67', count(DISTINCT case_id), count(DISTINCT case_id) FILTER (refund_before_67 IS NULL)
FROM x_priced WHERE month >= $first_month AND age >= $covered_below_age
ORDER BY input
