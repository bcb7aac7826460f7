# id: M13
# technique: a notebook as Jupyter saves it, outputs and all
# form: make

import json


def make(folder, good, marks):
    cells = []
    for number, part in enumerate(good.split("# %%")[1:]):
        head, _, source = part.partition("\n")
        kind = "markdown" if "markdown" in head else "code"
        tags = {"tags": ["parameters"]} if "parameters" in head else {}
        cell = {"cell_type": kind, "source": source, "metadata": tags, "id": f"cell{number}"}
        if kind == "code":
            cell |= {"outputs": [{"output_type": "stream", "name": "stdout", "text": "ok"}], "execution_count": number}
        cells.append(cell)
    spec = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    (folder / "honest.ipynb").write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": spec, "cells": cells}))
