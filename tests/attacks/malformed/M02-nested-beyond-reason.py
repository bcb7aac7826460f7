# id: M02
# technique: JSON nested a hundred thousand deep, numbers of a million digits, strings of many megabytes
# must not: parsing raises anything unforeseen, or takes minutes
# stops: depth and size are looked at before the parser is
# layers: none
# form: make

import json


def make(folder, good, marks):
    (folder / "lists.ipynb").write_bytes(b"[" * 100_000)
    (folder / "objects.ipynb").write_bytes(b'{"a":' * 100_000 + b"1" + b"}" * 100_000)
    (folder / "digits.ipynb").write_bytes(b'{"nbformat": ' + b"9" * 1_000_000 + b', "cells": []}')
    (folder / "string.ipynb").write_text(json.dumps({"nbformat": 4, "cells": [{"cell_type": "code", "source": "x" * 8_000_000}]}))
    (folder / "source.py").write_text("x = " + "(" * 5000 + ")" * 5000 + "\n")
    (folder / "honest.py").write_text(good)
