# id: M11
# technique: links to secrets, to devices and to themselves, pipes, sockets, folders and a sparse terabyte under notebooks' names
# must not: the grader waits, or reads outside
# stops: only regular files are opened, without following links
# layers: none
# form: make

import os
import socket


def make(folder, good, marks):
    os.symlink(f"{marks.told['HOME']}/.netrc", folder / "link.py")
    os.symlink("/dev/zero", folder / "zero.ipynb")
    os.symlink("self.py", folder / "self.py")
    os.mkfifo(folder / "pipe.ipynb")
    os.mkdir(folder / "folder.ipynb")
    with socket.socket(socket.AF_UNIX) as end:
        here = os.getcwd()
        os.chdir(folder)
        end.bind("socket.ipynb")
        os.chdir(here)
    with open(folder / "sparse.ipynb", "wb") as file:
        file.truncate(2**40)
    (folder / "honest.py").write_text(good)
