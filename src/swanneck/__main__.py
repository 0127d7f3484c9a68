"""`python -m swanneck` is the `swanneck` command."""

from swanneck.cli import main

if __name__ == "__main__":
    main()
