# id: M07
# technique: a notebook of format 3, and sources as lists of lines
# form: make

import json


def make(folder, good, marks):
    lines = good.splitlines(keepends=True)
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": [{"cell_type": "code", "input": lines, "outputs": [], "metadata": {"tags": ["parameters"]}, "language": "python"}]}]}
    (folder / "honest-old.ipynb").write_text(json.dumps(old))
    new = {"nbformat": 4, "nbformat_minor": 2, "metadata": {}, "cells": [{"cell_type": "code", "source": lines, "metadata": {"tags": ["parameters"]}, "outputs": []}]}
    (folder / "honest-new.ipynb").write_text(json.dumps(new))
