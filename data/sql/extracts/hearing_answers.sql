-- What councils of citizens answered, word for word, services as catalogue keys.
SELECT told.council, told.answered_on, told.subject, coalesce(word.service, told.service) AS service, told.text, told.source
FROM used_hearing_answers AS told
LEFT JOIN x_words AS word ON word.word = told.service
WHERE told.municipality = $municipality
ORDER BY ALL
