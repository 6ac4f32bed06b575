"""The explorer of a study: one html that works from disk, without a network; see `build`."""
