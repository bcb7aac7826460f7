# id: H01
# technique: links in the working folder under every name that a grader may write, read, chown or remove
# must not: a file outside is written, read or removed through one
# stops: the host touches no file of a session, but to remove the folder, without following links
# layers: none
# twin: leak/L24-ways-around-a-path

# %%
import os
for name in ("results.json", "stdout", "stderr", "output.txt", "figures", "__pycache__", ".ipython", ".matplotlib", "core", "student.json"):
    try:
        os.symlink("@OUTSIDE@/results.json", name)
    except OSError:
        pass
os.symlink("@OUTSIDE@", "folder")
os.rename("data", "data.old"); os.symlink("@OUTSIDE@", "data")
