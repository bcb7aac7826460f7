# id: M12
# technique: one cell with a syntax error among good ones
# form: make


def make(folder, good, marks):
    (folder / "honest.py").write_text(good + "\n# %%\ndef broken(:\n\n# %%\nx = 1\n")
