# id: F18
# technique: sys.exit(0), exit() and quit() in cells and calls
# must not: a run without failures is read as a pass
# stops: SystemExit is data; a pass is what the grader recorded
# layers: none

# %%
import sys
def neuron(x, w, b): sys.exit(0)
def label(words): raise SystemExit
# %%
sys.exit(0)
# %%
exit()
