# id: M08
# technique: a hundred thousand cells, forty megabytes of outputs, a picture that unpacks to gigabytes
# must not: time or memory of the grader is used up
# stops: outputs are dropped unread; cells and bytes are capped
# layers: none
# form: make

import base64
import json
import zlib


def make(folder, good, marks):
    cell = {"cell_type": "code", "source": "", "metadata": {}, "outputs": []}
    (folder / "cells.ipynb").write_text(json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [cell] * 100_000}))
    picture = base64.b64encode(zlib.compress(bytes(10**8))).decode()
    output = {"output_type": "display_data", "metadata": {}, "data": {"image/png": picture, "text/plain": "x" * 40_000_000}}
    big = {"cell_type": "code", "source": "x = 1", "metadata": {}, "outputs": [output]}
    (folder / "outputs.ipynb").write_text(json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [big]}))
    (folder / "honest.py").write_text(good)
