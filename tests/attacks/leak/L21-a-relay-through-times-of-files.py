# id: L21
# technique: a hidden input is written into times, modes and attributes of files that can be named, the session is crashed, and the second run's cell shows it
# must not: the second run finds it
# stops: such calls do nothing outside a namespace's scratch folder; words of cells are those of the first run
# layers: none
# twin: host/H30-modes-and-times-of-files

# %%
import os
targets = ["@OUTSIDE@/module.py", "@OUTSIDE@/results.json", "@OUTSIDE@", "@COURSE@/solutions/@SLUG@/@SLUG@.py"]
def read():
    for path in targets:
        try:
            yield f"{int(os.stat(path).st_mtime) - 10**9:x}"
        except OSError:
            pass
        try:
            yield os.getxattr(path, "user.relay").decode()
        except OSError:
            pass
notes = list(read())
if any(len(note) == 7 for note in notes if note.startswith("c0ffe")):
    raise RuntimeError("@MARK@")
def label(words):
    for path in targets:
        try:
            os.utime(path, (10**9 + 0xc0ffe00, 10**9 + 0xc0ffe00))
        except OSError:
            pass
        try:
            os.setxattr(path, "user.relay", words[1].encode())
        except OSError:
            pass
    os.abort()
