-- C-06: a posting on a function of the service catalogue that no dated frame rule reaches in its accounting year.
WITH seen AS (
    SELECT DISTINCT municipality, "function", "grouping", cost_object, accounting_year
    FROM used_postings
    WHERE "function" IN (SELECT "function" FROM rule_accounts)
),
unreached AS (
    SELECT * FROM seen
    WHERE NOT EXISTS (
        SELECT 1 FROM used_frames AS f
        WHERE f.municipality = seen.municipality
          AND (f.cost_object IS NOT NULL OR f."function" IS NOT NULL)
          AND (f.cost_object IS NULL OR f.cost_object = seen.cost_object)
          AND (f."function" IS NULL OR f."function" = seen."function")
          AND (f."grouping" IS NULL OR f."grouping" = seen."grouping")
          AND f.valid_from <= make_date(seen.accounting_year, 12, 31)
          AND coalesce(f.valid_to, DATE '2099-12-31') >= make_date(seen.accounting_year, 1, 1)
    )
)
SELECT p.row_id
FROM used_postings AS p
JOIN unreached AS u
  ON u.municipality = p.municipality AND u."function" = p."function" AND u.accounting_year = p.accounting_year
 AND u."grouping" IS NOT DISTINCT FROM p."grouping" AND u.cost_object IS NOT DISTINCT FROM p.cost_object
