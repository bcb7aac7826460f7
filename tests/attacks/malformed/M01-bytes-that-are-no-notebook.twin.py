# id: M01
# technique: a byte order mark, Windows line ends and no newline at the end
# form: make


def make(folder, good, marks):
    (folder / "honest.py").write_bytes(b"\xef\xbb\xbf" + good.strip().replace("\n", "\r\n").encode())
