# id: H05
# technique: a zip that unpacks to gigabytes, and one inside
# must not: disk or memory fills
# stops: sizes and ratios are capped while unpacking
# layers: none
# form: make
# twin: host/H04-names-that-lead-outside

import io
import zipfile


def make(folder, good, marks):
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros.py", bytes(16 * 2**20))
    with zipfile.ZipFile(folder / "class.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.ipynb", bytes(80 * 2**20))
        archive.writestr("nested.zip", inner.getvalue())
        archive.writestr("honest.py", good)
