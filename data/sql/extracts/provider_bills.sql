-- Authority gross of each large enough provider by service month and month of posting, through the case that a posting names.
-- Providers are numbered, never named: the keyed provider_id stays in the warehouse. The number says nothing (it orders by size).
CREATE OR REPLACE TEMP TABLE x_provider_bills AS
WITH whose AS (
    SELECT case_id, any_value(provider_id) AS provider_id
    FROM used_cases WHERE provider_id IS NOT NULL GROUP BY case_id HAVING count(DISTINCT provider_id) = 1
),
billed AS (
    SELECT whose.provider_id, posting.payee_kind, posting.citizen_id, posting.month, posting.posted_month, posting.amount
    FROM x_postings AS posting JOIN whose USING (case_id)
    WHERE posting.side = 'authority' AND posting.known AND posting.month BETWEEN $first_month AND $cutoff
),
enough AS (
    SELECT provider_id, payee_kind, row_number() OVER (ORDER BY sum(amount) DESC, provider_id) AS provider
    FROM billed WHERE month > $cutoff - INTERVAL 12 MONTH
    GROUP BY provider_id, payee_kind HAVING count(DISTINCT citizen_id) >= $min_citizens
)
SELECT enough.provider, billed.payee_kind, enough.provider_id, billed.month AS service_month,
    greatest(billed.posted_month, billed.month) AS posted_month, billed.amount
FROM billed JOIN enough USING (provider_id, payee_kind)
