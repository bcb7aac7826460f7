# id: X10
# technique: answers that a check hands on to the reference, and signals and memory that might reach its session
# must not: the next submission is judged by a broken reference
# stops: the reference has a session of its own, and a new one when it dies
# layers: none
# earns: 9

# %%
import os, signal
reached = []
for pid in range(max(2, os.getpid() - 30), os.getpid() + 10):
    if pid != os.getpid():
        try:
            os.kill(pid, signal.SIGWINCH)  # nobody minds this one; SIGKILL would pass where it does
            reached.append(pid)
        except OSError:
            pass
if reached:
    raise RuntimeError("@MARK@ " + repr(reached))
def train(X, y): return {"w": [np.zeros(2**18)] * 10}
