# id: P04
# technique: names with spaces, umlauts and apostrophes
# form: make


def make(folder, good, marks):
    for name in ("honest O'Neil & Söhne.py", "honest 李雷 (2).py"):
        (folder / name).write_text(good)
