-- Ratings by those who get a service, services as catalogue keys.
SELECT coalesce(word.service, told.service) AS service, told.survey_period AS period, told.question, told.responses, told.score, told.scale_low,
    told.scale_high, told.source
FROM used_citizen_ratings AS told
LEFT JOIN x_words AS word ON word.word = told.service
WHERE told.municipality = $municipality
ORDER BY ALL
