"""`python -m rlcs.cli` is the `rlcs` command."""

from rlcs.cli import main

main()
