-- C-35: what bills that name neither citizen nor case, and match no case by amount, come to in a service and month of the last
-- recent_months; bills: how many, 1 where one of them is most of the sum. Where most of a service's bills name nobody (own institutions, agreements by frame) that is how it is
-- billed: one finding for the whole span.
WITH recent AS (
    SELECT b.service, b.month, b.amount_dkk, p.case_id IS NULL AND p.citizen_id IS NULL AS names_nobody, b.found_by
    FROM rule_bills AS b JOIN used_postings AS p USING (row_id) CROSS JOIN rule_settings AS settings
    WHERE b.service IN (SELECT service FROM used_cases) AND b.amount_dkk <> 0
      AND b.month BETWEEN (SELECT newest FROM rule_span) - to_months(settings.recent_months::INTEGER - 1) AND (SELECT newest FROM rule_span)
),
judged AS (
    SELECT *, 2 * count_if(names_nobody) OVER (PARTITION BY service) > count(*) OVER (PARTITION BY service) AS is_usual FROM recent
),
sums AS (
    SELECT service, CASE WHEN is_usual THEN NULL ELSE month END AS own_month, min(month) AS first_month, max(month) AS last_month,
           sum(amount_dkk) AS amount,
           CASE WHEN max(abs(amount_dkk)) > (SELECT max_top_share FROM rule_settings) * sum(abs(amount_dkk)) THEN 1
                ELSE count(*) END AS bills
    FROM judged WHERE names_nobody AND found_by IS NULL
    GROUP BY ALL
)
SELECT service AS member,
       CASE WHEN own_month IS NULL THEN strftime(first_month, '%Y-%m') || '/' || strftime(last_month, '%Y-%m')
            ELSE strftime(own_month, '%Y-%m') END AS period,
       amount::DECIMAL(18,2) AS amount, bills, false AS blocking
FROM sums
ORDER BY member, period
