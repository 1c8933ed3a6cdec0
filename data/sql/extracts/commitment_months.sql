-- Commitments whose case is known, per service and month ahead, beside what the case list says of the same cases.
SELECT service, month, sum(committed)::DOUBLE AS committed, sum(listed)::DOUBLE AS listed
FROM x_commitments
WHERE matched
GROUP BY ALL
ORDER BY ALL
