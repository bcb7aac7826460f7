"""Grading in order: one submission (`grader`), a class of them (`batch`). The only place that knows the order."""

from autograder.pipeline.batch import Batch, Progress, grade_class
from autograder.pipeline.grader import Graded, Grader, Task

__all__ = ["Batch", "Graded", "Grader", "Progress", "Task", "grade_class"]
