-- Where each landed file stands for each municipality (scope) and period it covers: active, superseded or outranked.
-- $as_of: a snapshot that shows a later day steps back when an earlier one of the same source is there.
CREATE OR REPLACE TEMP TABLE standing AS
WITH covered AS (
    SELECT
        p.file_sha256,
        p.table_name,
        p.scope,
        p.period,
        f.source,
        f.precedence,
        f.snapshot_on,
        f.landed_seq,
        coalesce(f.snapshot_on > $as_of::DATE, false) AS too_new
    FROM landed_periods AS p
    INNER JOIN files AS f ON p.file_sha256 = f.sha256 AND p.table_name = f.table_name
    WHERE f.status = 'landed'
),

-- the newest of one source counts; landed later is newer, except that a snapshot's own date comes first
placed AS (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY table_name, source, scope, period
            ORDER BY too_new, CASE WHEN too_new THEN NULL ELSE snapshot_on END DESC NULLS LAST, snapshot_on, landed_seq DESC
        ) AS place
    FROM covered
    WHERE period <> ''
),

best AS (
    SELECT
        table_name,
        scope,
        period,
        max(precedence) AS precedence
    FROM placed
    WHERE place = 1
    GROUP BY table_name, scope, period
),

known AS (
    SELECT
        p.file_sha256,
        p.table_name,
        p.scope,
        p.period,
        CASE
            WHEN p.place > 1 THEN 'superseded'
            WHEN p.precedence < b.precedence THEN 'outranked'
            ELSE 'active'
        END AS standing
    FROM placed AS p
    INNER JOIN best AS b ON p.table_name = b.table_name AND p.scope = b.scope AND p.period = b.period
),

-- rows whose period can't be read go with their file: they are active as long as any period of it is
whole AS (
    SELECT
        file_sha256,
        table_name,
        CASE
            WHEN bool_or(standing = 'active') THEN 'active'
            WHEN bool_or(standing = 'outranked') THEN 'outranked'
            ELSE 'superseded'
        END AS standing
    FROM known
    GROUP BY file_sha256, table_name
)

SELECT * FROM known
UNION ALL
SELECT
    c.file_sha256,
    c.table_name,
    c.scope,
    c.period,
    coalesce(w.standing, 'active') AS standing
FROM covered AS c
LEFT JOIN whole AS w ON c.file_sha256 = w.file_sha256 AND c.table_name = w.table_name
WHERE c.period = ''
