"""Losses: from pictures or features to one number for each picture, or for all. No loss here knows a training."""
