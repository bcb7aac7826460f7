"""Submissions that are wrong in every way that was thought of, and what becomes of each."""
