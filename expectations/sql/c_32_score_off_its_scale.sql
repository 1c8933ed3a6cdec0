-- C-32: a rating whose score lies outside its scale, or whose scale is the wrong way round.
SELECT row_id
FROM {source}
WHERE scale_low >= scale_high OR score < scale_low OR score > scale_high
