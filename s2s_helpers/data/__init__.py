"""Where pairs of sketch and picture come from (chapter 01_sketches_and_pictures)."""
