-- The faults that reading found, on the rows that count today: one line per rule and row, valued by the row's money.
INSERT INTO violations
SELECT DISTINCT
    f.rule_id,
    '{table}' AS table_name,
    s.row_id,
    coalesce({amount}, 0)::DECIMAL(18, 2) AS amount
FROM landed_faults AS f
INNER JOIN stg_{table} AS s ON f.file_sha256 = s.file_sha256 AND f.row_number = s.row_number
WHERE f.table_name = '{table}'
ORDER BY s.row_id, f.rule_id
