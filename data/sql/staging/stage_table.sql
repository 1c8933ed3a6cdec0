-- The rows of one table that count today. row_id follows file and row, never a keyed identifier or the order of arrival.
-- Numbered narrow first: sorting whole rows would take several times the memory.
CREATE OR REPLACE TEMP TABLE numbered AS
SELECT
    l.rowid AS place,
    row_number() OVER (ORDER BY f.file_order, l.row_number, l.row_order) AS row_id
FROM landed_{table} AS l
INNER JOIN standing AS s
    ON
        s.table_name = '{table}' AND l.file_sha256 = s.file_sha256 AND l.scope = s.scope AND l.period = s.period
INNER JOIN (
    SELECT
        sha256,
        row_number() OVER (ORDER BY file_name, sha256) AS file_order
    FROM files
    WHERE table_name = '{table}' AND status = 'landed'
) AS f ON l.file_sha256 = f.sha256
WHERE s.standing = 'active' AND ({visible});

CREATE OR REPLACE TABLE stg_{table} AS
SELECT
    {columns},
    l.file_sha256,
    l.row_number,
    n.row_id
FROM landed_{table} AS l
INNER JOIN numbered AS n ON l.rowid = n.place;

DROP TABLE numbered
