# id: M12
# technique: syntax errors, wrong encodings, declarations of odd encodings, null bytes, a million brackets, a name of a megabyte
# must not: the parser ends the session unnoticed, or the batch
# stops: a cell that cannot be compiled is that cell's error
# layers: none
# form: make


def make(folder, good, marks):
    scripts = {"syntax": b"def f(:\n", "latin": "x = 'ä'\n".encode("latin1"), "coding": b"# -*- coding: rot13 -*-\nvzcbeg bf\n",
               "null": b"x = 1\x00\n", "brackets": b"(" * 200_000, "name": b"x" * 1_000_000 + b" = 1\n", "unary": b"x = " + b"-" * 100_000 + b"1\n",
               "long": b"x = [" + b"1," * 100_000 + b"]\n", "indent": b" x\n  y\n z\n"}
    for name, content in scripts.items():
        (folder / f"{name}.py").write_bytes(content)
    (folder / "honest.py").write_text(good)
