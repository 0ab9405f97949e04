"""``python -m kgfuse``."""

from kgfuse.cli import main

if __name__ == "__main__":
    main()
