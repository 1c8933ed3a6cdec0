-- C-29: a budget on a function that neither the service catalogue nor the frames file has.
SELECT row_id FROM used_budget
WHERE "function" IS NOT NULL
  AND "function" NOT IN (SELECT "function" FROM rule_accounts)
  AND "function" NOT IN (SELECT "function" FROM used_frames WHERE "function" IS NOT NULL)
