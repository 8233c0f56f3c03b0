"""Networks: from a picture to a picture, a score or features. No network here knows a loss."""
