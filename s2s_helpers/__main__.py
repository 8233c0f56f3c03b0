"""``python -m s2s_helpers`` is the command line ``s2s``."""

from .cli.main import main

if __name__ == "__main__":
    main()
