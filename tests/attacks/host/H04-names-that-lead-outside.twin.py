# id: H04
# technique: a zip with folders, spaces and umlauts in its names
# form: make

import zipfile


def make(folder, good, marks):
    with zipfile.ZipFile(folder / "class.zip", "w") as archive:
        archive.writestr("honest Ärger/abgabe 1.py", good)
