-- C-02: the key is already there; the later row in file order fails. Files whose mapping says repeat_keys = "sum" hold parts.
WITH numbered AS (
    SELECT row_id, file_sha256, row_number() OVER (PARTITION BY {keys} ORDER BY row_id) AS nth FROM {source}
),
parts AS (
    SELECT DISTINCT sha256 FROM files WHERE table_name = '{table}' AND repeat_keys = 'sum'
)
SELECT row_id FROM numbered WHERE nth > 1 AND file_sha256 NOT IN (SELECT sha256 FROM parts)
