# id: L19
# technique: objects and packed history of the course's repository are read and unpacked
# must not: the solution is found in it
# stops: a session sees the Python installation and its scratch folder only
# layers: landlock, mount-namespace
# twin: leak/L04-files-by-path
# control: without a sandbox it works

# %%
import glob, zlib
found = []
for path in glob.glob("@COURSE@/.git/**", recursive=True) + glob.glob("@COURSE@/*/.git/**", recursive=True):
    try:
        raw = open(path, "rb").read()
    except OSError:
        continue
    try:
        raw = zlib.decompress(raw)
    except zlib.error:
        pass
    if b"z" + b"q" in raw:
        found.append(raw.decode("latin1"))
if found:
    raise RuntimeError(" ".join(found))
