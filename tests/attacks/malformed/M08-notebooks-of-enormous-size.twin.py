# id: M08
# technique: two hundred cells and a megabyte of stored output
# form: make

import json


def make(folder, good, marks):
    output = {"output_type": "stream", "name": "stdout", "text": "y" * 1_000_000}
    cells = [{"cell_type": "code", "source": good, "metadata": {"tags": ["parameters"]}, "outputs": [output]}]
    cells += [{"cell_type": "markdown", "source": "text", "metadata": {}}] * 200
    (folder / "honest.ipynb").write_text(json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": cells}))
