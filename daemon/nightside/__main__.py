"""`python -m nightside`, the same as the command."""

from nightside.cli import main

if __name__ == "__main__":
    main()
