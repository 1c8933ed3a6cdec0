-- C-25: another unit would fit the price, and its own does not: a monthly price typed as per day. What it should fit is the case's own
-- bills of whole months while the price holds, else (none yet) the service's middle, from which it must lie much further: true prices have long tails.
-- C-36 asks the same of rows that stand, nearer the middle, and takes the open ones.
WITH factors AS (
    SELECT * FROM (VALUES ('hour', 0.0), ('day', 365 / 12.0), ('week', 365 / 84.0), ('month', 1.0), ('year', 1 / 12.0)) AS f (unit, monthly)
),
spans AS (
    SELECT row_id, case_id, service, price_unit, price::DOUBLE AS price, hours_per_week * 365 / 84.0 AS hours,
           price_from,
           least(
               coalesce(ended_on, DATE '9999-12-31'),
               coalesce(lead(price_from) OVER (PARTITION BY case_id ORDER BY price_from, row_id) - 1, DATE '9999-12-31')
           ) AS last_day
    FROM {source} WHERE price > 0 AND price_unit <> 'once'
),
priced AS (
    SELECT s.*, ln(price * CASE WHEN price_unit = 'hour' THEN hours ELSE monthly END) AS size
    FROM spans AS s JOIN factors AS f ON f.unit = s.price_unit
    WHERE price_unit <> 'hour' OR hours > 0
),
bills AS (
    SELECT case_id, date_trunc('month', service_month)::DATE AS month, sum(amount_dkk)::DOUBLE AS amount
    FROM stg_postings
    WHERE case_id IS NOT NULL AND service_month IS NOT NULL AND account_class = '1'
      AND expense_type IN (SELECT expense_type FROM rule_authority_types)
    GROUP BY ALL
),
billed AS (
    SELECT p.row_id, ln(median(b.amount)) AS size
    FROM priced AS p JOIN bills AS b ON b.case_id = p.case_id AND b.month >= p.price_from AND last_day(b.month) <= p.last_day
    WHERE b.amount > 0
    GROUP BY p.row_id HAVING count(*) >= 2
),
middle AS (
    SELECT service, median(size) AS size FROM priced GROUP BY service
    HAVING count(DISTINCT case_id) >= (SELECT price_cases FROM rule_settings)
),
compared AS (
    SELECT p.*, billed.size IS NOT NULL AS billed, coalesce(billed.size, middle.size) AS fitting,
           ln(CASE WHEN billed.size IS NULL THEN settings.{far} ELSE settings.price_off_billed END) AS far,
           ln(settings.price_near) AS near
    FROM priced AS p
    LEFT JOIN billed USING (row_id)
    LEFT JOIN middle ON middle.service = p.service
    CROSS JOIN rule_settings AS settings
)
SELECT DISTINCT c.row_id, c.billed
FROM compared AS c JOIN factors AS other ON other.unit <> c.price_unit AND (other.unit <> 'hour' OR c.hours > 0)
WHERE abs(c.size - c.fitting) > c.far
  AND abs(ln(c.price * CASE WHEN other.unit = 'hour' THEN c.hours ELSE other.monthly END) - c.fitting) < c.near
