-- Our operating postings and refunds (account classes 1 and 2) that a service or a frame owns, with the side they stand on.
-- month: the service month; where none is known, the accounting period (period 13 belongs to December). known tells which.
-- posted_month: when the ledger held it; a supplementary posting after the cutoff counts as held at the cutoff.
CREATE OR REPLACE TEMP TABLE x_postings AS
WITH ours AS (
    SELECT posting.*,
        make_date(posting.accounting_year::INTEGER, least(posting.accounting_period, 12)::INTEGER, 1) AS accounting_month,
        posting.account_class = '1' AND list_contains($authority_types, posting.expense_type) AS is_authority,
        posting.account_class = '1' AND list_contains($provider_types, posting.expense_type) AS is_provider
    FROM used_postings AS posting
    WHERE posting.municipality = $municipality AND posting.account_class IN ('1', '2')
)
SELECT
    code.service,
    coalesce(code.frame, 'uden_ramme') AS frame,
    ours.accounting_year::INTEGER AS accounting_year,
    least(ours.accounting_period, 13)::INTEGER AS accounting_period,
    ours.service_month IS NOT NULL AND coalesce(ours.service_month_basis, 'column') <> 'assumed' AS known,
    CASE WHEN known THEN date_trunc('month', ours.service_month)::DATE ELSE ours.accounting_month END AS month,
    least(date_trunc('month', ours.posted_on)::DATE, $cutoff) AS posted_month,
    CASE
        WHEN ours.is_authority AND code.service IS NOT NULL THEN 'authority'
        WHEN ours.is_provider THEN 'provider'
        ELSE 'other'
    END AS side,
    CASE
        WHEN ours.account_class = '2' THEN 'refund'
        WHEN ours.is_authority AND code.service IS NOT NULL THEN 'gross'
        WHEN ours.is_authority THEN 'other_operation'
        WHEN ours.expense_type LIKE '1%' THEN 'payroll'
        WHEN ours.expense_type IN ('77', '78') THEN 'places_sold'
        WHEN ours.expense_type LIKE '7%' THEN 'other_income'
        WHEN ours.expense_type LIKE '9%' THEN 'internal_settlement'
        ELSE 'other_operation'
    END AS line,
    CASE
        WHEN ours.expense_type = '47' THEN 'municipality'
        WHEN ours.expense_type = '48' THEN 'region'
        WHEN ours.expense_type LIKE '9%' THEN 'internal'
        WHEN ours.expense_type LIKE '5%' THEN 'person'
        ELSE 'private'
    END AS payee_kind,
    ours.citizen_id,
    ours.case_id,
    ours.amount_dkk AS amount
FROM ours
JOIN x_codes AS code
    ON code.function = ours.function
    AND code.grouping = coalesce(ours.grouping, '')
    AND code.cost_object = coalesce(ours.cost_object, '')
    AND code.accounting_year = ours.accounting_year
WHERE (code.service IS NOT NULL OR code.frame IS NOT NULL) AND ours.accounting_month <= $cutoff
