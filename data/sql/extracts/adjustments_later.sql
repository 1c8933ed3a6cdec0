-- Coming events that were entered after $as_of and not withdrawn since: by the command, and in files of which as-of hides rows.
SELECT count(DISTINCT told.adjustment_id)
FROM (
    SELECT municipality, adjustment_id, entered_on, withdrawn_on FROM x_entered
    UNION ALL
    SELECT municipality, adjustment_id, entered_on, withdrawn_on FROM landed_adjustments
    WHERE file_sha256 IN (SELECT file_sha256 FROM not_active WHERE table_name = 'adjustments' AND why = 'as_of')
) AS told
WHERE told.municipality = $municipality
    AND told.entered_on > $as_of::DATE
    AND told.withdrawn_on IS NULL
    AND told.adjustment_id NOT IN (SELECT adjustment_id FROM used_adjustments)
