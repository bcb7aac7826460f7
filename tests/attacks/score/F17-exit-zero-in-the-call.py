# id: F17
# technique: os._exit(0) when a check calls
# must not: an exit code of 0 counts as a pass
# stops: a pass is what the grader recorded; a session that ends is charged to the check
# layers: none

# %%
import os
def neuron(x, w, b): os._exit(0)
def softmax(Z): os._exit(0)
