-- C-12: ages, sexes or years that are not counted (blocking for our own municipality), and cohorts that jump (warning).
WITH counted AS (
    SELECT municipality, date, sex, age, sum(persons) AS persons FROM used_population GROUP BY ALL
),
neighbours AS (
    SELECT *, lead(age) OVER by_age AS next_age, lag(age) OVER by_age AS last_age
    FROM counted
    WINDOW by_age AS (PARTITION BY municipality, date, sex ORDER BY age)
),
missing_ages AS (
    SELECT DISTINCT neighbours.municipality, date
    FROM neighbours
    CROSS JOIN rule_settings AS settings
    WHERE (last_age IS NULL AND age > 0)
       OR (age < settings.top_age AND persons >= settings.gap_persons AND (next_age IS NULL OR next_age > age + 1))
),
missing_sexes AS (
    SELECT municipality, date
    FROM (SELECT municipality, date, count(DISTINCT sex) AS sexes FROM counted GROUP BY ALL)
    QUALIFY sexes < max(sexes) OVER (PARTITION BY municipality)
),
missing_years AS (
    SELECT municipality, make_date(year(date) + 1, 1, 1) AS date
    FROM (SELECT DISTINCT municipality, date FROM counted)
    QUALIFY year(lead(date) OVER (PARTITION BY municipality ORDER BY date)) > year(date) + 1
),
missing_ours AS (
    SELECT settings.municipality, (SELECT max(date) FROM counted) AS date
    FROM rule_settings AS settings
    WHERE settings.municipality NOT IN (SELECT municipality FROM counted)
),
gaps AS (
    SELECT * FROM missing_ages
    UNION SELECT * FROM missing_sexes
    UNION SELECT * FROM missing_years
    UNION SELECT * FROM missing_ours
),
cohorts AS (
    SELECT municipality, date, age, sum(persons) AS persons FROM counted GROUP BY ALL
),
jumps AS (
    SELECT DISTINCT younger.municipality, older.date
    FROM cohorts AS younger
    JOIN cohorts AS older
      ON older.municipality = younger.municipality AND older.age = younger.age + 1
     AND older.date = younger.date + INTERVAL 1 YEAR
    CROSS JOIN rule_settings AS settings
    WHERE younger.age < settings.top_age
      AND abs(older.persons - younger.persons) > settings.cohort_persons
      AND abs(older.persons - younger.persons) * 100 > settings.cohort_pct * younger.persons
),
found AS (
    SELECT gaps.municipality, date, gaps.municipality = settings.municipality AS blocking FROM gaps CROSS JOIN rule_settings AS settings
    UNION ALL
    SELECT municipality, date, false FROM jumps
)
SELECT municipality AS member, strftime(date, '%Y-%m') AS period, 0::DECIMAL(18,2) AS amount, bool_or(blocking) AS blocking
FROM found
GROUP BY ALL
ORDER BY member, period
