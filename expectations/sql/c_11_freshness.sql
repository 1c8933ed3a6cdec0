-- C-11: newest cases and newest postings lie months apart; the member is the older table.
WITH newest AS (
    SELECT (SELECT max(coalesce(recorded_on, price_from)) FROM used_cases) AS cases, (SELECT max(posted_on) FROM used_postings) AS postings
)
SELECT CASE WHEN cases < postings THEN 'cases' ELSE 'postings' END AS member,
       strftime(least(cases, postings), '%Y-%m') AS period, 0::DECIMAL(18,2) AS amount, false AS blocking
FROM newest
CROSS JOIN rule_settings AS settings
WHERE abs(date_diff('month', cases, postings)) >= settings.fresh_months
