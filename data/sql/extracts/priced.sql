-- Units in the service's own price unit, and list cost in the row's. A day is a calendar day, save for services that bill
-- opening days. Cost is rounded to 1/10,000 krone per row and added as a decimal, so that no order of rows matters.
-- x_priced holds what was; x_priced_all also what is granted and begins later.
CREATE OR REPLACE TEMP TABLE x_priced_all AS
WITH units AS (
    SELECT rows.*,
        CASE WHEN service.opening_days THEN open_days ELSE days END::DOUBLE AS billed_days,
        coalesce(service.price_unit, rows.price_unit) AS service_unit
    FROM (
        SELECT *, false AS is_granted FROM x_person_months UNION ALL BY NAME SELECT *, true AS is_granted FROM x_granted_months
    ) AS rows
    LEFT JOIN x_services AS service USING (service)
)
SELECT service, citizen_id, provider_id, provider_type, recorded_month, month, age, days, month_days, hours_assumed,
    start_month, runs_on,
    birth_month, case_id, household_id, citizen_income, objective_financing, refund_before_67, price_unit = 'once' AS is_once, is_granted,
    CASE service_unit
        WHEN 'hour' THEN hours
        WHEN 'day' THEN billed_days
        WHEN 'week' THEN days / 7.0
        WHEN 'year' THEN days / month_days / 12.0
        WHEN 'once' THEN CASE WHEN price_unit = 'once' THEN 1.0 ELSE days / month_days END
        ELSE days / month_days
    END::DECIMAL(18, 6) AS units,
    round(price::DOUBLE * CASE price_unit
        WHEN 'hour' THEN hours
        WHEN 'day' THEN billed_days
        WHEN 'week' THEN days / 7.0
        WHEN 'month' THEN days / month_days
        WHEN 'year' THEN days / month_days / 12.0
        ELSE 1.0
    END, 4)::DECIMAL(24, 4) AS list_cost
FROM units;
CREATE OR REPLACE TEMP VIEW x_priced AS SELECT * EXCLUDE (is_granted) FROM x_priced_all WHERE NOT is_granted;
