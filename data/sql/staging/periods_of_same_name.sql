-- The periods that the file of the same name covered when it last landed.
SELECT
    p.scope,
    p.period
FROM landed_periods AS p
WHERE
    p.table_name = $table AND p.period <> ''
    AND p.file_sha256 = (
        SELECT f.sha256
        FROM files AS f
        WHERE
            f.status = 'landed' AND f.table_name = $table AND f.source = $source AND f.sha256 <> $sha
            AND lower(f.file_name) = lower($name)
        ORDER BY f.landed_seq DESC
        LIMIT 1
    )
