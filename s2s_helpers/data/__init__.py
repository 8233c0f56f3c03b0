"""What networks learn from: drawings and pictures, photos, styles (chapter 01_sketches_and_pictures)."""
