-- Every frame with its newest label and committee as of the cutoff.
SELECT frame, coalesce(frame_label, frame) AS frame_label, committee, inside_service_ceiling
FROM used_frames
WHERE municipality = $municipality
QUALIFY row_number() OVER (
    PARTITION BY frame ORDER BY valid_from <= $cutoff DESC, valid_from DESC, cost_object NULLS LAST, function NULLS LAST, grouping NULLS LAST
) = 1
ORDER BY frame
