# id: L01
# technique: every frame above a call is searched, and what is found is raised in a cell and in the call
# must not: expected values or sources of checks are found
# stops: the frames above are the session's own; checks live elsewhere
# layers: none

# %%
import inspect, sys
def loot():
    found, frame = [], sys._getframe()
    while frame is not None:
        found.append(repr(frame.f_locals)[:5000]); frame = frame.f_back
    return "zq".join(part for text in found for part in text.split("zq")[1:])
if loot():
    raise RuntimeError("zq" + loot())
# %%
def label(words):
    raise ValueError(loot())
