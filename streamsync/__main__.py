"""`python -m streamsync`."""

from streamsync.cli import main

if __name__ == "__main__":
    main()
