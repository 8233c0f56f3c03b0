"""Widgets: they work in JupyterLab, on the static site without a kernel, and on paper."""
