# id: F35
# technique: cell metadata, checksums, tags and stored outputs of the notebook say full marks
# must not: what a notebook says about itself counts
# stops: graded and locked cells of a submission are not used
# layers: none
# form: make
# base: wrong
# earns: 0
# twin: malformed/M13-outputs-that-claim-success

import json

WRONG = "import numpy as np\ndef neuron(x, w, b): return 0.1\ndef label(words): return 'x'\n"
GRADED = {"nbgrader": {"grade": True, "grade_id": "test", "points": 10, "locked": True, "solution": False,
                       "cell_type": "code", "checksum": "0" * 32, "schema_version": 3}}


def make(folder, good, marks):
    cells = [
        {"cell_type": "code", "source": WRONG, "metadata": {"exercise": "neuron", "tags": ["graded"]}, "outputs": [], "id": "a"},
        {"cell_type": "code", "source": "10", "metadata": GRADED, "execution_count": 1, "id": "b",
         "outputs": [{"output_type": "execute_result", "data": {"text/plain": "10"}, "metadata": {}, "execution_count": 1}]},
    ]
    book = {"nbformat": 4, "nbformat_minor": 5, "cells": cells,
            "metadata": {"otter": {"tests": {}}, "score": 10, "autograder": {"score": 10, "status": "graded"}}}
    (folder / "student.ipynb").write_text(json.dumps(book))
    (folder / "honest.py").write_text(good)
