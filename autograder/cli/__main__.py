"""`python -m autograder.cli`."""

from autograder.cli.app import main

main()
