-- One row per price period of a case and month that it touches: days, priced units and list cost.
-- A price period runs from price_from to the day before the same case's next price_from, inside [start_date, ended_on];
-- the first price of a case also covers the days from its start. Open cases run to the end of the cutoff month.
-- A case that runs into the citizen's next one of the same service (rule C-33) ends with the next one's first day: no day but that of
-- the change counts twice. Rule C-04 has left no other overlap.
-- A 'once' price is one unit and one whole month in the month of its price_from.
-- recorded_month: when the system first knew of the case; NULL where the source doesn't say. start_month: in which the case began,
-- perhaps long before the window. runs_on: it goes on after the last day of the month.
-- $known_on: rows recorded later are left out, and ends that come later, as --as-of does in staging; of two cases that both go on
-- by that, the older ends where the newer begins.
CREATE OR REPLACE TEMP TABLE x_person_months AS
WITH known AS (
    SELECT * REPLACE (CASE WHEN ended_on > $known_on THEN NULL ELSE ended_on END AS ended_on), coalesce(ended_on > $known_on, false) AS end_hidden
    FROM used_cases
    WHERE paying_municipality = $municipality AND NOT coalesce(coalesce(recorded_on, price_from) > $known_on, false)
),
followed AS (
    SELECT citizen_id, service, case_id, max(coalesce(ended_on, DATE '9999-12-31')) AS ends, bool_or(end_hidden) AS end_hidden,
        lead(min(start_date)) OVER kin AS next_start, lead(max(coalesce(ended_on, DATE '9999-12-31'))) OVER kin AS next_ends
    FROM known
    WHERE price_unit <> 'once'
    GROUP BY citizen_id, service, case_id
    WINDOW kin AS (PARTITION BY citizen_id, service ORDER BY min(start_date), min(row_id), case_id)
),
ours AS (
    SELECT coalesce(word.service, cases.service) AS service, cases.citizen_id, cases.birth_month, cases.provider_type, cases.price,
        cases.price_unit, cases.hours_per_week, cases.provider_id,
        date_trunc('month', min(cases.start_date) OVER (PARTITION BY cases.case_id))::DATE AS start_month,
        coalesce(max(coalesce(cases.ended_on, DATE '9999-12-31')) OVER (PARTITION BY cases.case_id), DATE '9999-12-31') AS over_on,
        cases.case_id, cases.household_id, cases.citizen_income, cases.objective_financing, cases.refund_before_67,
        date_trunc('month', min(cases.recorded_on) OVER (PARTITION BY cases.case_id))::DATE AS recorded_month,
        CASE WHEN lag(cases.price_from) OVER by_case IS NULL THEN cases.start_date
             ELSE greatest(cases.price_from, cases.start_date) END AS from_day,
        cases.price_from,
        least(
            coalesce(lead(cases.price_from) OVER by_case - 1, $last_day), coalesce(cases.ended_on, $last_day), $last_day,
            coalesce(followed.next_start, $last_day)
        ) AS to_day
    FROM known AS cases
    LEFT JOIN x_words AS word ON word.word = cases.service
    LEFT JOIN followed
        ON followed.citizen_id = cases.citizen_id AND followed.service = cases.service AND followed.case_id = cases.case_id
            AND followed.next_start < followed.ends
            AND (followed.ends < followed.next_ends OR followed.end_hidden AND followed.ends = followed.next_ends)
    WINDOW by_case AS (PARTITION BY cases.case_id ORDER BY cases.price_from)
),
hours AS (
    SELECT service, median(hours_per_week) AS usual_hours FROM ours WHERE price_unit = 'hour' GROUP BY service
),
spans AS (
    SELECT ours.* EXCLUDE (from_day, to_day),
        CASE WHEN price_unit = 'once' THEN date_trunc('month', price_from)::DATE ELSE from_day END AS first_day,
        CASE WHEN price_unit = 'once' THEN last_day(price_from) ELSE to_day END AS last_day,
        coalesce(ours.hours_per_week, hours.usual_hours, 37) AS weekly_hours
    FROM ours LEFT JOIN hours USING (service)
),
touched AS (
    SELECT *, unnest(generate_series(
        date_trunc('month', greatest(first_day, $first_month))::DATE, date_trunc('month', last_day)::DATE, INTERVAL 1 MONTH
    ))::DATE AS month
    FROM spans
    WHERE last_day >= first_day AND last_day >= $first_month AND first_day <= $last_day
),
counted AS (
    SELECT touched.*,
        day(last_day(month)) AS month_days,
        date_diff('day', greatest(first_day, month), least(touched.last_day, last_day(month))) + 1 AS days,
        until.open_days_to_date - since.open_days_to_date + since.is_open AS open_days
    FROM touched
    JOIN x_calendar AS since ON since.day = greatest(first_day, month)
    JOIN x_calendar AS until ON until.day = least(touched.last_day, last_day(month))
)
SELECT service, citizen_id, provider_id, provider_type, recorded_month, month, days, open_days, month_days,
    start_month, over_on > last_day(month) AND price_unit <> 'once' AS runs_on,
    greatest(0, least($oldest, date_diff('month', date_trunc('month', birth_month), month) // 12))::INTEGER AS age,
    birth_month, case_id, household_id, citizen_income, objective_financing, refund_before_67,
    price, price_unit,
    price_unit = 'hour' AND hours_per_week IS NULL AS hours_assumed,
    days::DOUBLE * weekly_hours / 7 AS hours
FROM counted
