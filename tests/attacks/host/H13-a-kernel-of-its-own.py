# id: H13
# technique: notebook metadata names another kernel, another language and a kernel file in the home folder
# must not: a program of the student's choice runs outside
# stops: no kernel is started
# layers: none
# earns: 10
# form: make
# twin: malformed/M13-outputs-that-claim-success

import json


def make(folder, good, marks):
    evil = f"touch {marks.told['OUTSIDE']}/{marks.told['MARK']}"
    cells = [{"cell_type": "code", "source": good, "metadata": {}, "outputs": [], "execution_count": None, "id": "a"}]
    spec = {"name": evil, "display_name": evil, "language": "bash", "argv": ["sh", "-c", evil]}
    book = {"nbformat": 4, "nbformat_minor": 5, "cells": cells, "metadata": {"kernelspec": spec, "language_info": {"name": "bash"}}}
    (folder / "student.ipynb").write_text(json.dumps(book))
    (folder / "honest.py").write_text(good)
