# id: L18
# technique: a hidden input is left in files, /dev/shm and links, the session is crashed, and the second run's cell shows it
# must not: the second run finds it, or what its cells say is shown
# stops: a scratch folder a session; words of cells are those of the run before anything hidden was sent
# layers: none

# %%
import os
kept = []
for place in (".", "/tmp", "/dev/shm", "/var/tmp", "@OUTSIDE@", os.path.expanduser("~")):
    for name in (os.listdir(place) if os.path.isdir(place) and os.access(place, os.R_OK) else ()):
        if name.startswith("relay-"):
            kept.append(name)
if kept:
    raise RuntimeError(" ".join(kept))
def label(words):
    for place in (".", "/tmp", "/dev/shm", "/var/tmp", "@OUTSIDE@", os.path.expanduser("~")):
        try:
            open(f"{place}/relay-{words[1]}-@MARK@", "w").close()
        except OSError:
            pass
    os.abort()
