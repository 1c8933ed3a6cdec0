-- What staff expected the year to end at, services as catalogue keys.
SELECT told.frame, coalesce(word.service, told.service) AS service, told.year, told.follow_up_on, told.amount_dkk::DOUBLE AS amount_dkk
FROM used_staff_estimates AS told
LEFT JOIN x_words AS word ON word.word = told.service
WHERE told.municipality = $municipality
ORDER BY ALL
