"""A recipe of pix2pix that takes a moment."""

TINY = {"steps": 2, "batch": 2, "size": 32, "load_size": 36, "base": 4, "cap": 8, "depth": 3, "receptive_field": 16}
