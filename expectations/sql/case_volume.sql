-- Person-days and list cost of our citizens' cases per service and month since the first whole month. Each price holds from
-- the later of start and price_from (a case's first price from its start) to the earlier of the end and the day before the
-- next price. cost counts a price per day on calendar days, cost_open on opening days.
-- First per case (rule_case_costs), then summed.
CREATE OR REPLACE TEMP TABLE rule_case_costs AS
WITH priced AS (
    SELECT case_id, citizen_id, provider_type, service, price, price_unit, hours_per_week,
           CASE WHEN lag(price_from) OVER by_case IS NULL THEN start_date ELSE greatest(start_date, price_from) END AS first_day,
           least(
               coalesce(ended_on, DATE '9999-12-31'),
               coalesce(lead(price_from) OVER by_case - 1, DATE '9999-12-31'),
               last_day((SELECT newest FROM rule_span))
           )::DATE AS final_day
    FROM used_cases
    CROSS JOIN rule_settings AS settings
    WHERE paying_municipality = settings.municipality
    WINDOW by_case AS (PARTITION BY case_id ORDER BY price_from, row_id)
),
months AS (
    SELECT unnest(generate_series((SELECT first_posted FROM rule_span), (SELECT newest FROM rule_span), INTERVAL 1 MONTH))::DATE AS month
),
shares AS (
    SELECT m.month, p.*, day(last_day(m.month)) AS days_in_month,
           greatest(p.first_day, m.month) AS from_day, least(p.final_day, last_day(m.month)) AS to_day
    FROM months AS m
    JOIN priced AS p ON p.first_day <= last_day(m.month) AND p.final_day >= m.month
),
counted AS (
    SELECT shares.*, 1 + date_diff('day', from_day, to_day) AS days,
           until.open_to_date - since.open_to_date + since.is_open AS open_days
    FROM shares
    JOIN rule_calendar AS since ON since.day = from_day
    JOIN rule_calendar AS until ON until.day = to_day
),
costed AS (
    SELECT case_id, citizen_id, provider_type, service, month, days, price_unit, hours_per_week, price * open_days AS cost_if_open,
           CASE price_unit
               WHEN 'day' THEN price * days
               WHEN 'week' THEN price * days / 7
               WHEN 'month' THEN price * days / days_in_month
               WHEN 'year' THEN price * days / days_in_month / 12
               WHEN 'hour' THEN price * hours_per_week * days / 7
               WHEN 'once' THEN CASE WHEN first_day >= month THEN price ELSE 0 END
           END AS cost
    FROM counted
)
SELECT case_id, citizen_id, provider_type, service, month, sum(CASE WHEN price_unit = 'once' THEN 0 ELSE days END) AS days,
       sum(cost)::DOUBLE AS cost, sum(CASE WHEN price_unit = 'day' THEN cost_if_open ELSE cost END)::DOUBLE AS cost_open,
       count_if(price_unit = 'hour' AND hours_per_week IS NULL) AS rows_without_cost, bool_or(price_unit = 'once') AS has_once
FROM costed
GROUP BY case_id, citizen_id, provider_type, service, month;

CREATE OR REPLACE TEMP TABLE rule_case_months AS
SELECT service, month, sum(days) AS days, sum(cost)::DOUBLE AS cost, sum(cost_open)::DOUBLE AS cost_open,
       sum(rows_without_cost) AS rows_without_cost
FROM rule_case_costs
GROUP BY service, month
