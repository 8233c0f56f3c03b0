"""Pictures found by optimization: style transfer, textures, and what a layer keeps."""
