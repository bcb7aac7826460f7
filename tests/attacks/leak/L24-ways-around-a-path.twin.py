# id: L24
# technique: links among one's own files, and a data folder replaced by one's own

# %%
import os, shutil
open("a.txt", "w").write("a")
os.symlink("a.txt", "b.txt"); os.link("a.txt", "c.txt")
assert open("b.txt").read() == open("c.txt").read() == "a"
shutil.copytree("data", "copy", symlinks=False)
os.remove("data"); os.rename("copy", "data")
assert np.loadtxt("data/numbers.csv", delimiter=",").sum() == 6
