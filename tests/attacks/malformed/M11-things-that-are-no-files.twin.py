# id: M11
# technique: a folder a student, with other files in it
# form: make


def make(folder, good, marks):
    (folder / "honest").mkdir()
    (folder / "honest" / "target.py").write_text(good)
    (folder / "honest" / "notes.txt").write_text("notes")
    (folder / "honest" / "__pycache__").mkdir()
