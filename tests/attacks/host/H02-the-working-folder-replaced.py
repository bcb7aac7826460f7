# id: H02
# technique: the working folder itself is renamed, removed and replaced by a link
# must not: what the host removes at the end is something else
# stops: the folder's parent cannot be written to
# layers: landlock, mount-namespace

# %%
import os, shutil
here = os.getcwd()
for act in (lambda: os.rename(here, here + "-@MARK@"), lambda: (shutil.rmtree(here), os.symlink("@OUTSIDE@", here))):
    try:
        act()
    except OSError:
        pass
