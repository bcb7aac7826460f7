# id: H31
# technique: files outside are truncated, appended to, renamed, removed, linked, locked and mapped
# must not: one changes
# stops: Landlock; a narrow root
# layers: landlock, mount-namespace
# control: without a sandbox it works

# %%
import mmap, os
path = "@OUTSIDE@/module.py"
for act in (lambda: open(path, "a").write("changed"), lambda: os.truncate(path, 0), lambda: os.rename(path, "@OUTSIDE@/@MARK@"),
            lambda: os.link(path, "@OUTSIDE@/@MARK@-link"), lambda: os.symlink(path, "@OUTSIDE@/@MARK@-soft"),
            lambda: os.mkdir("@OUTSIDE@/@MARK@-folder"), lambda: os.mkfifo("@OUTSIDE@/@MARK@-pipe"), lambda: os.unlink(path)):
    try:
        act()
    except OSError:
        pass
try:
    with open("@OUTSIDE@/results.json", "r+b") as file:
        mmap.mmap(file.fileno(), 0)[:3] = b"abc"
except OSError:
    pass
