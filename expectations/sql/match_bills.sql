-- Bills of our own citizens that have a service month, with the service they belong to, and how each finds its case:
-- by the case that it names, else by the citizen, else by an amount equal to a case's list cost of that month (at most one bill
-- per case and amount). Months that wait for invoices count too: a bill that has come can be matched.
CREATE OR REPLACE TEMP TABLE rule_bills AS
WITH bills AS (
    SELECT p.row_id, s.service, date_trunc('month', p.service_month)::DATE AS month, p.case_id, p.citizen_id, p.amount_dkk
    FROM used_postings AS p
    JOIN rule_posting_service AS s
      ON s."function" = p."function" AND s."grouping" = coalesce(p."grouping", '') AND s.accounting_year = p.accounting_year
    CROSS JOIN rule_settings AS settings
    WHERE p.account_class = '1' AND p.service_month IS NOT NULL AND p.municipality = settings.municipality
      AND p.expense_type IN (SELECT expense_type FROM rule_authority_types)
),
citizens AS (
    SELECT citizen_id, service, date_trunc('month', min(start_date))::DATE AS first_month,
           max(coalesce(ended_on, DATE '9999-12-31')) AS last_day
    FROM used_cases GROUP BY ALL
),
found AS (
    SELECT b.*, CASE
        WHEN b.case_id IN (SELECT case_id FROM used_cases) THEN 'case'
        WHEN c.citizen_id IS NOT NULL THEN 'citizen'
    END AS found_by
    FROM bills AS b
    LEFT JOIN citizens AS c
      ON c.citizen_id = b.citizen_id AND c.service = b.service AND b.month >= c.first_month AND b.month <= c.last_day
),
unbilled AS (
    SELECT c.case_id, c.service, c.month, round(c.cost) AS dkk,
           row_number() OVER (PARTITION BY c.service, c.month, round(c.cost) ORDER BY c.case_id) AS nth
    FROM rule_case_costs AS c
    WHERE c.cost > 0
      AND NOT EXISTS (SELECT 1 FROM found AS f WHERE f.found_by = 'case' AND f.case_id = c.case_id AND f.month = c.month)
      AND NOT EXISTS (
          SELECT 1 FROM found AS f
          WHERE f.found_by = 'citizen' AND f.citizen_id = c.citizen_id AND f.service = c.service AND f.month = c.month
      )
),
loose AS (
    SELECT row_id, service, month, round(amount_dkk)::DOUBLE AS dkk,
           row_number() OVER (PARTITION BY service, month, round(amount_dkk) ORDER BY row_id) AS nth
    FROM found WHERE found_by IS NULL AND amount_dkk > 0
),
by_amount AS (
    SELECT loose.row_id, unbilled.case_id FROM loose JOIN unbilled USING (service, month, dkk, nth)
)
SELECT found.row_id, found.service, found.month, found.citizen_id, found.amount_dkk,
       CASE WHEN found.found_by = 'case' THEN found.case_id ELSE by_amount.case_id END AS case_id,
       coalesce(found.found_by, CASE WHEN by_amount.case_id IS NOT NULL THEN 'amount' END) AS found_by
FROM found LEFT JOIN by_amount USING (row_id);

-- Kinds of cases whose bills name them: where at least half of the cases of a service and kind of provider are found by a bill.
-- Of the others (own places that are never billed) a case without bills says nothing.
CREATE OR REPLACE TEMP TABLE rule_billed AS
WITH whole AS (
    SELECT c.case_id, c.citizen_id, c.service, c.provider_type, sum(c.cost) AS cost, count(*) AS months, bool_or(c.has_once) AS has_once
    FROM rule_case_costs AS c CROSS JOIN rule_settings AS settings
    WHERE c.month < (SELECT newest FROM rule_span) - to_months(settings.complete_months::INTEGER) AND c.cost > 0
    GROUP BY ALL
),
judged AS (
    SELECT whole.*, whole.case_id IN (SELECT case_id FROM rule_bills WHERE case_id IS NOT NULL)
        OR EXISTS (
            SELECT 1 FROM rule_bills AS b
            WHERE b.found_by = 'citizen' AND b.citizen_id = whole.citizen_id AND b.service = whole.service
        ) AS has_bill
    FROM whole
)
SELECT judged.*, 2 * count_if(has_bill) OVER (PARTITION BY service, provider_type) >= count(*) OVER (PARTITION BY service, provider_type)
    AS bills_are_usual
FROM judged
