"""Training: one loop (``loop``) and one module for each network that is trained with it."""
