"""What the chapters compare: trainings with one setting changed, and their scores (``data/results``)."""
