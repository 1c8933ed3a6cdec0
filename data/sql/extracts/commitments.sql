-- One row per case and month ahead with an expected payment: the commitment beside what the case list says of the same case and
-- month, at the price then in force. matched = false: the case list has no such case. Never leaves the warehouse: only sums do.
-- An export of commitments doesn't say when each was known, so a run that looks back (as-of) uses none.
CREATE OR REPLACE TEMP TABLE x_commitments AS
WITH wanted AS (
    SELECT case_id, coalesce(any_value(word.service), any_value(given.service)) AS said, any_value(citizen_id) AS citizen_id,
        min(given.function) AS function, min(given.grouping) AS grouping, month, sum(amount_dkk) AS committed,
        CASE WHEN case_id IS NULL THEN commitment_id END AS lone
    FROM used_commitments AS given
    LEFT JOIN x_words AS word ON word.word = given.service
    WHERE given.municipality = $municipality AND $are_of_their_day AND month > $cutoff AND month <= $cutoff + INTERVAL 24 MONTH
    GROUP BY case_id, month, lone
),
ours AS (
    SELECT cases.*, coalesce(word.service, cases.service) AS key
    FROM used_cases AS cases LEFT JOIN x_words AS word ON word.word = cases.service
    WHERE cases.paying_municipality = $municipality
),
usual AS (
    SELECT key, median(hours_per_week) AS hours FROM ours WHERE price_unit = 'hour' GROUP BY key
),
priced AS (
    SELECT wanted.*, ours.key, ours.citizen_id AS owner, ours.price, ours.price_unit, ours.price_from,
        coalesce(ours.hours_per_week, usual.hours, 37) AS weekly_hours,
        greatest(ours.start_date, wanted.month) AS first_day,
        least(coalesce(ours.ended_on, last_day(wanted.month)), last_day(wanted.month)) AS last_day_used
    FROM wanted
    LEFT JOIN ours ON ours.case_id = wanted.case_id AND ours.price_from <= last_day(wanted.month)
    LEFT JOIN usual ON usual.key = ours.key
    QUALIFY row_number() OVER (
        PARTITION BY wanted.case_id, wanted.month, wanted.lone ORDER BY ours.price_from DESC NULLS LAST, ours.key
    ) = 1
),
counted AS (
    SELECT priced.*, greatest(0, date_diff('day', first_day, last_day_used) + 1) AS days,
        day(last_day(priced.month)) AS month_days,
        greatest(0, until.open_days_to_date - since.open_days_to_date + since.is_open) AS open_days
    FROM priced
    LEFT JOIN x_calendar AS since ON since.day = first_day
    LEFT JOIN x_calendar AS until ON until.day = last_day_used
)
SELECT coalesce(counted.key, counted.said, account.service) AS service, counted.month, counted.key IS NOT NULL AS matched,
    coalesce(counted.owner, counted.citizen_id, counted.case_id, counted.lone) AS citizen_id, counted.committed,
    CASE WHEN counted.key IS NULL THEN 0 ELSE round(counted.price::DOUBLE * CASE counted.price_unit
        WHEN 'hour' THEN days * weekly_hours / 7
        WHEN 'day' THEN CASE WHEN service.opening_days THEN coalesce(open_days, 0) ELSE days END
        WHEN 'week' THEN days / 7.0
        WHEN 'month' THEN days / month_days
        WHEN 'year' THEN days / month_days / 12.0
        ELSE CASE WHEN date_trunc('month', counted.price_from) = counted.month THEN 1.0 ELSE 0.0 END
    END, 2) END::DECIMAL(18, 2) AS listed
FROM counted
LEFT JOIN x_services AS service ON service.service = counted.key
LEFT JOIN (
    SELECT function, grouping, min(service) AS service FROM x_accounts WHERE $cutoff BETWEEN valid_from AND valid_to GROUP BY ALL
) AS account ON account.function = counted.function AND account.grouping = coalesce(counted.grouping, '')
