"""Runs that were stored: the ablations of the chapters, and the shipped networks."""
