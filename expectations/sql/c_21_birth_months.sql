-- C-21: a case row whose citizen has another birth month in an earlier row.
SELECT row_id FROM used_cases
QUALIFY birth_month <> first_value(birth_month) OVER (PARTITION BY citizen_id ORDER BY row_id)
