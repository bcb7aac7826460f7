# id: M01
# technique: nothing, white space, cut JSON, UTF-16, gzip, a picture and random bytes under a notebook's name
# must not: a traceback ends the batch
# stops: whatever is wrong with the bytes is one documented exception, told to the student
# layers: none
# form: make

import gzip
import random


def make(folder, good, marks):
    noise = random.Random(1).randbytes(5000)
    contents = {"empty": b"", "white": b" \n\t", "cut": b'{"cells": [{"cell_type": "co', "utf16": '{"cells": []}'.encode("utf-16"),
                "gzip": gzip.compress(b'{"cells": []}'), "png": b"\x89PNG\r\n\x1a\n" + noise, "noise": noise, "html": b"<!DOCTYPE html><html>",
                "number": b"42", "text": b'"x"', "null": b"null", "nan": b'{"cells": NaN, "nbformat": Infinity}'}
    for name, content in contents.items():
        (folder / f"{name}.ipynb").write_bytes(content)
    (folder / "noise2.py").write_bytes(noise)
    (folder / "honest.py").write_text(good)
