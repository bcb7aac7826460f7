# id: M02
# technique: a long cell and deep but ordinary nesting
# form: make

import json


def make(folder, good, marks):
    extra = {"deep": [[[[[[1]]]]]], "list": list(range(10_000))}
    cells = [{"cell_type": "code", "source": good, "metadata": extra | {"tags": ["parameters"]}, "outputs": [], "execution_count": None},
             {"cell_type": "code", "source": "\n".join(f"x{i} = {i}" for i in range(5000)), "metadata": {}, "outputs": []}]
    (folder / "honest.ipynb").write_text(json.dumps({"nbformat": 4, "nbformat_minor": 4, "cells": cells, "metadata": extra}))
