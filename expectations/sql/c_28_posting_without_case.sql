-- C-28: a bill that names a case or a citizen, and no case is found: not by case, citizen and month, or amount.
SELECT b.row_id
FROM rule_bills AS b JOIN used_postings AS p USING (row_id)
WHERE b.found_by IS NULL AND (p.case_id IS NOT NULL OR p.citizen_id IS NOT NULL)
  AND b.service IN (SELECT service FROM used_cases)
  AND b.month >= (SELECT min(date_trunc('month', start_date)) FROM used_cases)
