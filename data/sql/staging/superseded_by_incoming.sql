-- What a file that is about to land would supersede: for each of its periods the newest landed one of the same source.
-- $table, $source, $sha of the new file, $snapshot its date (an older snapshot supersedes nothing).
WITH latest AS (
    SELECT
        p.scope,
        p.period,
        p.rows,
        f.snapshot_on,
        row_number() OVER (
            PARTITION BY p.scope, p.period ORDER BY f.snapshot_on DESC NULLS LAST, f.landed_seq DESC
        ) AS place
    FROM landed_periods AS p
    INNER JOIN files AS f ON p.file_sha256 = f.sha256 AND p.table_name = f.table_name
    WHERE f.status = 'landed' AND f.table_name = $table AND f.source = $source AND f.sha256 <> $sha AND p.period <> ''
)

SELECT
    n.scope,
    n.period,
    n.rows AS rows_now,
    l.rows AS rows_before
FROM incoming_periods AS n
INNER JOIN latest AS l ON n.scope = l.scope AND n.period = l.period
WHERE l.place = 1 AND (l.snapshot_on IS NULL OR $snapshot::DATE IS NULL OR l.snapshot_on <= $snapshot::DATE)
ORDER BY n.scope, n.period
