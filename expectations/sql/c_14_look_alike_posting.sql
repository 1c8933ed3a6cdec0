-- C-14: postings that carry a citizen or case and are equal in all but their id; the first stands, the others are listed.
SELECT row_id FROM used_postings
WHERE amount_dkk > 0 AND (citizen_id IS NOT NULL OR case_id IS NOT NULL)
QUALIFY row_number() OVER (
    PARTITION BY municipality, accounting_year, accounting_period, posted_on, service_month, "function", account_class,
                 "grouping", expense_type, cost_object, citizen_id, case_id, amount_dkk
    ORDER BY row_id
) > 1
