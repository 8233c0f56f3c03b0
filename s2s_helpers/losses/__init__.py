"""Losses: from pictures or features to one number. No loss here knows a training loop."""
