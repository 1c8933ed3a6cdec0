-- C-16: a budget on a frame that the frames file (or, without one, the service catalogue) does not have.
WITH known AS (
    SELECT DISTINCT frame FROM used_frames
    UNION
    SELECT frame FROM rule_default_frames WHERE NOT EXISTS (SELECT 1 FROM used_frames)
)
SELECT row_id FROM used_budget WHERE frame NOT IN (SELECT frame FROM known)
