-- Our dated events, services as catalogue keys.
SELECT event.event_id, event.effective_from, event.effective_to, event.kind, event.frame,
    coalesce(word.service, event.service) AS service, event.amount_dkk::DOUBLE AS amount_dkk, event.price_level, event.in_data, event.label
FROM used_budget_events AS event
LEFT JOIN x_words AS word ON word.word = event.service
WHERE event.municipality = $municipality
ORDER BY event.event_id
