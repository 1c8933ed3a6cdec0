-- Staff's adjustments from files and from the command; what was entered after $as_of is not known, a later withdrawal neither.
WITH told AS (
    SELECT {columns}, 'file' AS entered_by FROM used_adjustments
    UNION ALL BY NAME
    SELECT *, 'command' AS entered_by FROM x_entered
    WHERE adjustment_id NOT IN (SELECT adjustment_id FROM used_adjustments)
        AND coalesce(entered_on <= $as_of::DATE, true)
)
SELECT told.adjustment_id, told.kind, told.frame, coalesce(word.service, told.service) AS service, told.effective_from,
    told.effective_to, told.amount_dkk::DOUBLE AS amount_dkk, told.amount_per, told.change_pct, told.price_level,
    coalesce(told.among_expected, false) AS among_expected, told.in_data, told.reason, told.who, told.entered_on,
    CASE WHEN coalesce(told.withdrawn_on <= $as_of::DATE, true) THEN told.withdrawn_on END AS withdrawn_on,
    CASE WHEN coalesce(told.withdrawn_on <= $as_of::DATE, true) THEN told.withdrawn_by END AS withdrawn_by, told.entered_by
FROM told
LEFT JOIN x_words AS word ON word.word = told.service
WHERE told.municipality = $municipality
ORDER BY told.adjustment_id
