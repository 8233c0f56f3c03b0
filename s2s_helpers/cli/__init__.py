"""The command line ``s2s``: a thin layer over the functions that the chapters use."""
