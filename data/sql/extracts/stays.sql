-- One row per citizen, service and month: what the roll-forward of known citizens is estimated from. In memory only, never stored.
-- Months after the cutoff's are the first ones of cases that are granted and have not begun (is_granted).
-- Citizens are numbered by what is known of them, not by their key: two of the same number of months, costs and ages are alike.
-- A household is its first citizen's number, 0 where not known; it is the newest one that is told, as in citizen_costs (of a granted
-- case only where nothing else tells).
WITH facts AS (
    SELECT *, NOT is_once AND NOT coalesce(objective_financing, list_contains($objective_services, service)) AS counts FROM x_priced_all
),
cells AS (
    SELECT citizen_id, service, month, date_trunc('month', min(birth_month))::DATE AS birth_month, min(start_month) AS start_month, min(recorded_month) AS recorded_month,
        coalesce(sum(list_cost) FILTER (counts), 0) AS counted,
        coalesce(sum(round(citizen_income::DOUBLE * days / month_days, 4)::DECIMAL(24, 4)) FILTER (counts), 0) AS income,
        bool_or(runs_on) AS runs_on, bool_or(is_granted) AS is_granted,
        least(sum(days)::DOUBLE / any_value(month_days), 1.0) AS volume,
        sum(units)::DOUBLE AS units, sum(list_cost)::DOUBLE AS list_cost_nominal
    FROM facts GROUP BY citizen_id, service, month
),
told AS (
    SELECT citizen_id, min(birth_month) AS birth_month, min(month) AS first_month, count(*) AS n_rows,
        md5(string_agg(concat_ws('|', service, month, start_month, volume, list_cost_nominal), ';' ORDER BY service, month)) AS print
    FROM cells GROUP BY citizen_id
),
lives AS (
    SELECT citizen_id, arg_max(household_id, (NOT is_granted, month, list_cost)) FILTER (household_id IS NOT NULL) AS household_id,
        coalesce(bool_or(refund_before_67) FILTER (NOT is_granted), bool_or(refund_before_67), false) AS before_67
    FROM x_priced_all GROUP BY citizen_id
),
houses AS (
    SELECT household_id, string_agg(print, ';' ORDER BY print) AS house FROM told JOIN lives USING (citizen_id)
    WHERE household_id IS NOT NULL GROUP BY household_id
),
numbered AS (
    SELECT citizen_id, household_id, before_67,
        row_number() OVER (ORDER BY birth_month, first_month, n_rows, print, coalesce(house, ''), before_67) AS person
    FROM told JOIN lives USING (citizen_id) LEFT JOIN houses USING (household_id)
),
housed AS (
    SELECT *, CASE WHEN household_id IS NULL THEN 0 ELSE min(person) OVER (PARTITION BY household_id) END AS household FROM numbered
)
SELECT cells.service, housed.person, cells.month, cells.birth_month, cells.start_month, cells.recorded_month, cells.runs_on, cells.is_granted,
    cells.volume, cells.units, cells.list_cost_nominal, housed.household, housed.before_67,
    cells.counted::DOUBLE AS counted_nominal, greatest(cells.counted - cells.income, 0)::DOUBLE AS own_nominal
FROM cells JOIN housed USING (citizen_id)
ORDER BY cells.service, housed.person, cells.month
