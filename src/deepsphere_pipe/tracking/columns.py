"""Columns of a table of fixes: one row for each time of each storm."""

INTENSITIES = ("pressure_hpa", "pressure_lon", "pressure_lat", "wind_m_s", "tmq_kg_m2")
"""How strong an event is, where fields are at hand."""

SHAPES = (
    *("length_km", "width_km", "orientation_degrees", "tail_lon", "tail_lat"),
    *("head_lon", "head_lat", "coast_lon", "coast_lat"),
)
"""How long and wide a river is, where it leads, and where it meets the coast."""

COLUMNS = (
    *("track_id", "time", "lon", "lat", "class", "run"),
    *("area_km2", "probability_mean", "probability_max", *INTENSITIES),
    *("over_land", "land_share", *SHAPES),
    *("split_from", "merged_into", "cut", "calendar"),
)

ENDS_UNSEEN = ("", "birth", "end", "both")
"""Values of ``cut``: which ends of a track are those of the data, so that the storm may be older,
or live longer."""
