# id: F23
# technique: sys.settrace, setprofile, monitoring and threading hooks that set locals of callers
# must not: a verdict changes at run time
# stops: checks run in another process
# layers: none

# %%
import sys, threading
def hook(frame, event, argument):
    for name in ("expected", "answer", "passed", "outcome", "failed"):
        if name in frame.f_locals:
            frame.f_locals[name] = True
    return hook
sys.settrace(hook); sys.setprofile(hook); threading.settrace(hook)
