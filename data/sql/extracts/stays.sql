-- One row per citizen, service and month: what the roll-forward of known citizens is estimated from. In memory only, never stored.
-- Citizens are numbered by what is known of them, not by their key: two of the same number of months, costs and ages are alike.
WITH cells AS (
    SELECT citizen_id, service, month, date_trunc('month', min(birth_month))::DATE AS birth_month, min(start_month) AS start_month, min(recorded_month) AS recorded_month,
        bool_or(runs_on) AS runs_on,
        least(sum(days)::DOUBLE / any_value(month_days), 1.0) AS volume,
        sum(units)::DOUBLE AS units, sum(list_cost)::DOUBLE AS list_cost_nominal
    FROM x_priced GROUP BY citizen_id, service, month
),
told AS (
    SELECT citizen_id, min(birth_month) AS birth_month, min(month) AS first_month, count(*) AS n_rows,
        md5(string_agg(concat_ws('|', service, month, start_month, volume, list_cost_nominal), ';' ORDER BY service, month)) AS print
    FROM cells GROUP BY citizen_id
),
numbered AS (
    SELECT citizen_id, row_number() OVER (ORDER BY birth_month, first_month, n_rows, print) AS person FROM told
)
SELECT cells.service, numbered.person, cells.month, cells.birth_month, cells.start_month, cells.recorded_month, cells.runs_on,
    cells.volume, cells.units, cells.list_cost_nominal
FROM cells JOIN numbered USING (citizen_id)
ORDER BY cells.service, numbered.person, cells.month
