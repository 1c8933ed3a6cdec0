-- C-13: a negative posting on an authority expense type of account class 1.
SELECT row_id FROM used_postings
WHERE amount_dkk < 0 AND account_class = '1' AND expense_type IN (SELECT expense_type FROM rule_authority_types)
