-- Rows that landed and don't count today, by file and why: superseded, outranked, or hidden by as-of ($as_of).
INSERT INTO not_active
SELECT
    l.file_sha256,
    '{table}' AS table_name,
    CASE WHEN s.standing = 'active' THEN 'as_of' ELSE s.standing END AS why,
    count(*) AS rows,
    coalesce(sum({amount}), 0)::DECIMAL(18, 2) AS amount
FROM landed_{table} AS l
INNER JOIN standing AS s
    ON
        s.table_name = '{table}' AND l.file_sha256 = s.file_sha256 AND l.scope = s.scope AND l.period = s.period
WHERE s.standing <> 'active' OR NOT ({visible})
GROUP BY ALL
ORDER BY ALL
