-- One row per combination of account codes that the ledger holds: the service and the frame it means.
-- Service: the dated catalogue account with this grouping first, then the function's catch-all (grouping '').
-- Frame: the dated rule that says most (cost object 4, function 2, grouping 1) wins; a later rule beats an earlier one.
-- Both are dated by 1 January of the accounting year.
CREATE OR REPLACE TEMP TABLE x_codes AS
WITH codes AS (
    SELECT DISTINCT function, coalesce(grouping, '') AS grouping, coalesce(cost_object, '') AS cost_object, accounting_year,
        make_date(accounting_year::INTEGER, 1, 1) AS first_day
    FROM used_postings
    WHERE municipality = $municipality
),
by_account AS (
    SELECT codes.*, account.service, account.default_frame
    FROM codes
    LEFT JOIN x_accounts AS account
        ON account.function = codes.function
        AND account.grouping IN (codes.grouping, '')
        AND codes.first_day BETWEEN account.valid_from AND account.valid_to
    QUALIFY row_number() OVER (
        PARTITION BY codes.function, codes.grouping, codes.cost_object, codes.accounting_year
        ORDER BY account.grouping = codes.grouping DESC NULLS LAST, account.grouping DESC NULLS LAST, account.service
    ) = 1
)
SELECT code.function, code.grouping, code.cost_object, code.accounting_year, code.service,
    coalesce(rule.frame, code.default_frame) AS frame,
    rule.frame IS NOT NULL AS frame_by_rule
FROM by_account AS code
LEFT JOIN used_frames AS rule
    ON rule.municipality = $municipality
    AND coalesce(rule.cost_object, code.cost_object) = code.cost_object
    AND coalesce(rule.function, code.function) = code.function
    AND coalesce(rule.grouping, code.grouping) = code.grouping
    AND coalesce(rule.cost_object, rule.function) IS NOT NULL
    AND code.first_day BETWEEN rule.valid_from AND coalesce(rule.valid_to, DATE '2100-12-31')
QUALIFY row_number() OVER (
    PARTITION BY code.function, code.grouping, code.cost_object, code.accounting_year
    ORDER BY
        (rule.cost_object IS NOT NULL)::INTEGER * 4 + (rule.function IS NOT NULL)::INTEGER * 2
        + (rule.grouping IS NOT NULL)::INTEGER DESC NULLS LAST,
        rule.valid_from DESC NULLS LAST, rule.frame
) = 1
