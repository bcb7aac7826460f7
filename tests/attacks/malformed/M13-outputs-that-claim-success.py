# id: M13
# technique: stored outputs, execution counts and attachments that show everything passed
# must not: stored outputs are graded
# stops: outputs are dropped unread; cells run anew
# layers: none
# form: make
# base: wrong
# earns: 0

import json


def make(folder, good, marks):
    output = {"output_type": "execute_result", "execution_count": 9, "metadata": {}, "data": {"text/plain": "All tests passed! 10/10", "text/html": "<b>10/10</b>"}}
    cells = [{"cell_type": "code", "source": "score = 10", "metadata": {}, "outputs": [output], "execution_count": 9, "id": "a"}]
    (folder / "student.ipynb").write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}))
    (folder / "honest.py").write_text(good)
