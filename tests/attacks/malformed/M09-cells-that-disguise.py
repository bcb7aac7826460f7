# id: M09
# technique: magics on first lines, tabs, form feeds, odd line ends, NUL, nested cell marks, duplicate ids, code in text cells
# must not: another cell is graded than the one that was written, or reading fails
# stops: only code cells count, in their order, with what cannot stand in a source replaced
# layers: none
# form: make

import json


def make(folder, good, marks):
    sources = ["%%html\n<script>", "%%notamagic\nx", "\x00\x0cx = 1\x0b", "def f():\n\tif 1:\n        return 2", "# %%\n# %% [markdown]\nx", "!\n?x\n??",
               "x = 1\u2028y = 2", "\ud800", "%%capture out\nimport os; os._exit(3)", "await", "get_ipython().ask_exit()", "'" * 3]
    cells = [{"cell_type": "code", "source": source, "metadata": {"tags": ["parameters", 3, None]}, "outputs": [], "id": "same"} for source in sources]
    cells += [{"cell_type": "markdown", "source": good, "metadata": {}}, {"cell_type": "raw", "source": good, "metadata": {}}]
    (folder / "student.ipynb").write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}))
    (folder / "honest.py").write_text(good)
