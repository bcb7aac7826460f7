# id: F18
# technique: a guard with sys.exit that is not taken, and one that is, at the end

# %%
import sys
if softmax(np.zeros((2, 2))).shape != (2, 2):
    sys.exit("softmax is wrong")
# %%
raise SystemExit("done")
