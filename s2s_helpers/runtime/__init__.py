"""What everything stands on: files, checkpoints, memory, precision, processes. Nothing here knows a picture."""
