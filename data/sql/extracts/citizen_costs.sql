-- What the central refund needs per citizen, month and service: list cost that counts (objective financing is out), apart for
-- one-off prices, and what the citizen pays. Citizens and households are numbered, never named; a number says nothing.
-- The household is the newest one that is known. For the run's memory only: never stored, never published.
WITH facts AS (
    SELECT *,
        coalesce(objective_financing, list_contains($objective_services, service)) AS is_objective,
        dense_rank() OVER (ORDER BY citizen_id) - 1 AS citizen,
        CASE WHEN household_id IS NULL THEN -1 ELSE dense_rank() OVER (ORDER BY household_id NULLS LAST) END AS household
    FROM x_priced WHERE month >= $first_month
),
whose AS (
    SELECT *, first_value(household) OVER by_citizen AS newest_household
    FROM facts
    WINDOW by_citizen AS (PARTITION BY citizen ORDER BY household_id IS NULL, month DESC, list_cost DESC)
)
SELECT citizen::BIGINT AS citizen, newest_household::BIGINT AS household, min(birth_month) OVER (PARTITION BY citizen) AS birth_month,
    month, service,
    bool_or(coalesce(before_67, false)) OVER (PARTITION BY citizen) AS before_67,
    running::DOUBLE AS running_nominal, once::DOUBLE AS once_nominal, income::DOUBLE AS income_nominal
FROM (
    SELECT citizen, newest_household, min(birth_month) AS birth_month, month, service,
        bool_or(refund_before_67) AS before_67,
        coalesce(sum(list_cost) FILTER (NOT is_once AND NOT is_objective), 0) AS running,
        coalesce(sum(list_cost) FILTER (is_once AND NOT is_objective), 0) AS once,
        coalesce(sum(round(citizen_income::DOUBLE * days / month_days, 4)::DECIMAL(24, 4))
            FILTER (NOT is_once AND NOT is_objective), 0) AS income
    FROM whose GROUP BY citizen, newest_household, month, service
)
ORDER BY month, service, citizen
