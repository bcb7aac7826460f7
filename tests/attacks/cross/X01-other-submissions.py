# id: X01
# technique: other submissions, their records and sessions' folders beside its own are listed and read
# must not: one is read
# stops: a session sees the Python installation and its scratch folder only
# layers: landlock, mount-namespace
# twin: leak/L04-files-by-path

# %%
import glob, os
found = []
for pattern in ("@OTHERS@/*", "@OUT@/records/*", "../*", "../scratch-*/*", "/tmp/autograder-*/*", "@COURSE@/inbox/*"):
    for path in glob.glob(pattern):
        if os.path.realpath(path).startswith(os.getcwd()):
            continue
        try:
            found.append(open(path).read(5000))
        except OSError:
            pass
if found:
    raise RuntimeError("@MARK@ " + " ".join(found)[:500])
