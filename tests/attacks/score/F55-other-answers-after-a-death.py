# id: F55
# technique: the first check crashes, and what runs again is told so by a file and the clock, and answers differently
# must not: a death earns a second try
# stops: the check in flight is charged; the notebook only runs again for the others
# layers: none

# %%
import os
def neuron(x, w, b):
    if os.path.exists("second"):
        return 0.5
    open("second", "w").close()
    os.abort()
