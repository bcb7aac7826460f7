# id: X08
# technique: names, addresses and ids of another student in metadata, cells and variables
# must not: the score counts for another student
# stops: who handed in is decided by the file, nothing in it
# layers: none
# form: make
# twin: malformed/M13-outputs-that-claim-success

import json


def make(folder, good, marks):
    who = {"name": "honest", "student": "honest", "authors": [{"name": "honest"}], "submission": {"file": "honest.py"}}
    cells = [{"cell_type": "code", "source": "student = 'honest'; name = 'honest'\nraise SystemExit", "metadata": who, "outputs": [], "id": "a"}]
    (folder / "student.ipynb").write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "cells": cells, "metadata": who}))
    (folder / "honest.py").write_text(good)
