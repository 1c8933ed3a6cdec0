-- Cases that are granted (recorded) and begin after the cutoff's month: the month each begins in, as x_person_months has it. Where
-- the source doesn't say when a case was recorded, nothing is known of how many usually are ahead of their start: none is told.
-- $known_on: as in person_months.
CREATE OR REPLACE TEMP TABLE x_granted_months AS
WITH first_price AS (
    SELECT coalesce(word.service, cases.service) AS service, cases.* EXCLUDE (service, ended_on),
        CASE WHEN cases.ended_on > $known_on THEN NULL ELSE cases.ended_on END AS ended_on,
        min(cases.start_date) OVER (PARTITION BY cases.case_id) AS begins_on,
        date_trunc('month', min(cases.recorded_on) OVER (PARTITION BY cases.case_id))::DATE AS recorded_month
    FROM used_cases AS cases
    LEFT JOIN x_words AS word ON word.word = cases.service
    WHERE cases.paying_municipality = $municipality AND cases.recorded_on <= $known_on
    QUALIFY row_number() OVER (PARTITION BY cases.case_id ORDER BY cases.price_from) = 1
),
hours AS (
    SELECT service, median(hours * 7 / days) AS usual_hours FROM x_person_months WHERE price_unit = 'hour' GROUP BY service
),
ahead AS (
    SELECT *, date_trunc('month', begins_on)::DATE AS month
    FROM first_price
    WHERE begins_on > $last_day AND recorded_month IS NOT NULL AND price_unit <> 'once' AND coalesce(ended_on, begins_on) >= begins_on
)
SELECT ahead.service, ahead.citizen_id, ahead.provider_id, ahead.provider_type, ahead.recorded_month, ahead.month,
    date_diff('day', begins_on, last_day(month)) + 1 AS days,
    -- opening days of the whole month by the share that is filled: the few days from the start alone may hold none
    (until.open_days_to_date - since.open_days_to_date + since.is_open)::DOUBLE
        * (date_diff('day', begins_on, last_day(month)) + 1) / day(last_day(month)) AS open_days,
    day(last_day(month)) AS month_days,
    ahead.month AS start_month, coalesce(ahead.ended_on, DATE '9999-12-31') > last_day(month) AS runs_on,
    greatest(0, least($oldest, date_diff('month', date_trunc('month', birth_month), month) // 12))::INTEGER AS age,
    ahead.birth_month, ahead.case_id, ahead.household_id, ahead.citizen_income, ahead.objective_financing, ahead.refund_before_67,
    ahead.price, ahead.price_unit, price_unit = 'hour' AND hours_per_week IS NULL AS hours_assumed,
    (date_diff('day', begins_on, last_day(month)) + 1)::DOUBLE * coalesce(hours_per_week, hours.usual_hours, 37) / 7 AS hours
FROM ahead
LEFT JOIN hours USING (service)
JOIN x_calendar AS since ON since.day = month
JOIN x_calendar AS until ON until.day = last_day(month)
