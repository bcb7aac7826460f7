"""The corpus of attacks, and what reads, runs and tabulates it."""
