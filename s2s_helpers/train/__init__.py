"""Training: the loop, what all trainings share, and one module for each training."""
