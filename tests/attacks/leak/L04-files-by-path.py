# id: L04
# technique: the course, submissions, records and the home folder are walked and read, by absolute paths
# must not: one of them is read
# stops: a session sees the Python installation and its scratch folder only
# layers: landlock, mount-namespace
# control: without a sandbox it works

# %%
import os
found = []
for top in ("@COURSE@", "@OTHERS@", "@OUT@", "@HOME@", "..", "/home", "/root"):
    for place, _, names in os.walk(top):
        for name in names:
            try:
                text = open(os.path.join(place, name), errors="replace").read(50_000)
            except OSError:
                continue
            found += [text[at:at + 18] for at in range(len(text)) if text.startswith("z" + "q", at)]
    if found:
        raise RuntimeError(" ".join(found))
