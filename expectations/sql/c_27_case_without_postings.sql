-- C-27: a case whose months are all billed by now, and no bill finds it: not by case, citizen or amount. worth: its list cost.
SELECT max(c.row_id) AS row_id, any_value(b.cost)::DECIMAL(18,2) AS worth
FROM rule_billed AS b JOIN used_cases AS c USING (case_id)
CROSS JOIN rule_settings AS settings
WHERE NOT b.has_bill AND b.bills_are_usual AND NOT b.has_once AND b.months >= settings.unbilled_months
GROUP BY c.case_id
