-- Which service a posting belongs to: by the accounting year's 1 January, explicit grouping first, then the function's catch-all.
CREATE OR REPLACE TEMP TABLE rule_posting_service AS
WITH seen AS (
    SELECT DISTINCT "function", coalesce("grouping", '') AS "grouping", accounting_year FROM used_postings
)
SELECT seen."function", seen."grouping", seen.accounting_year, arg_min(a.service, a."grouping" = '') AS service
FROM seen
JOIN rule_accounts AS a
  ON a."function" = seen."function" AND a."grouping" IN (seen."grouping", '')
 AND make_date(seen.accounting_year, 1, 1) BETWEEN a.valid_from AND a.valid_to
GROUP BY ALL;

-- What our own citizens cost (authority, account class 1) per service, function and service month, DKK nominal.
CREATE OR REPLACE TEMP TABLE rule_ledger AS
SELECT s.service, p."function", date_trunc('month', p.service_month)::DATE AS month, sum(p.amount_dkk) AS amount
FROM used_postings AS p
JOIN rule_posting_service AS s
  ON s."function" = p."function" AND s."grouping" = coalesce(p."grouping", '') AND s.accounting_year = p.accounting_year
CROSS JOIN rule_settings AS settings
WHERE p.account_class = '1' AND p.service_month IS NOT NULL AND p.municipality = settings.municipality
  AND p.expense_type IN (SELECT expense_type FROM rule_authority_types)
GROUP BY ALL;

-- The newest month, and the first whose postings are whole: of months before it only late invoices and long cases are there.
CREATE OR REPLACE TEMP TABLE rule_span AS
SELECT coalesce(posted.newest, cases.newest) AS newest, coalesce(posted.first_posted, cases.first_month) AS first_posted
FROM (
    SELECT date_trunc('month', max(posted_on))::DATE AS newest, date_trunc('month', min(posted_on))::DATE AS first_posted
    FROM used_postings
) AS posted
CROSS JOIN (
    SELECT date_trunc('month', max(coalesce(recorded_on, price_from)))::DATE AS newest,
           (date_trunc('month', max(coalesce(recorded_on, price_from))) - INTERVAL 9 YEAR)::DATE AS first_month
    FROM used_cases
) AS cases
