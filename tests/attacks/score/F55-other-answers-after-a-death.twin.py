# id: F55
# technique: a marker file decides whether something is computed again

# %%
import os
if not os.path.exists("cached.npy"):
    np.save("cached.npy", softmax(np.zeros((2, 2))))
assert np.load("cached.npy").sum() == 2
