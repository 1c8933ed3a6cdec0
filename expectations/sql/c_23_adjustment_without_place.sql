-- C-23: an adjustment with neither frame nor service, or with neither an amount nor a change in per cent, or with both.
SELECT row_id
FROM {source}
WHERE (frame IS NULL AND service IS NULL) OR (amount_dkk IS NULL) = (change_pct IS NULL)
