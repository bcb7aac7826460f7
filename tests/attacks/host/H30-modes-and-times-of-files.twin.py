# id: H30
# technique: modes and times of one's own files, as copying sets them

# %%
import os, shutil, tarfile
open("a.txt", "w").write("a")
os.chmod("a.txt", 0o600); os.utime("a.txt", (1, 1))
shutil.copy("a.txt", "b.txt"); shutil.copy2("a.txt", "c.txt"); shutil.copytree("data", "copied")
with tarfile.open("x.tar", "w") as archive:
    archive.add("a.txt")
with tarfile.open("x.tar") as archive:
    archive.extractall("out", filter="data")
assert open("out/a.txt").read() == "a"
