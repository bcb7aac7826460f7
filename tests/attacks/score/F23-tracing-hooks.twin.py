# id: F23
# technique: a profiler around one's own code

# %%
import cProfile, sys
profile = cProfile.Profile()
profile.runcall(softmax, np.zeros((3, 3)))
assert profile.getstats()
