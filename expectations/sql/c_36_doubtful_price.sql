-- C-36: the price that an open case of ours is rolled forward at is 0, or the case began in the months that wait for invoices, has no
-- bills yet and lies price_doubted times off its service's middle where another unit would fit (off_middle: C-25 with a nearer limit;
-- what is further off, C-25 has set aside). Older cases have bills, or are of places that are never billed: there a dear one is no sign.
WITH off_middle AS ({off_middle}),
newest AS (
    SELECT row_id, price, start_date
    FROM used_cases
    WHERE price_unit <> 'once' AND paying_municipality = (SELECT municipality FROM rule_settings)
    QUALIFY count(ended_on) OVER (PARTITION BY case_id) = 0
        AND row_number() OVER (PARTITION BY case_id ORDER BY price_from DESC, row_id DESC) = 1
)
SELECT row_id FROM newest
WHERE price = 0
   OR (row_id IN (SELECT row_id FROM off_middle WHERE NOT billed)
       AND start_date >= (SELECT newest - to_months(complete_months::INTEGER) FROM rule_span CROSS JOIN rule_settings))
