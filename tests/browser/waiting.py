"""How long a test waits for what must come: how busy the machine is decides nothing."""

PATIENCE = 600_000  # milliseconds
