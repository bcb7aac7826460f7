# id: R11
# technique: folders a few levels deep, with modes set

# %%
import os, shutil
os.makedirs("a/b/c/d/e/f")
open("a/b/x.sh", "w").close(); os.chmod("a/b/x.sh", 0o755)
shutil.rmtree("a")
assert not os.path.exists("a")
