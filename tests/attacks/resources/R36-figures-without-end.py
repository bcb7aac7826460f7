# id: R36
# technique: hundreds of figures, and figures of enormous size
# must not: memory or report of the grader grows with them
# stops: number and size of figures are capped on both sides
# layers: none

# %%
import matplotlib.pyplot as plt
plt.figure(figsize=(500, 500)); plt.plot([1])
for _ in range(20):
    plt.figure(figsize=(1, 1)); plt.plot([1])
plt.show()
# %%
from autograder.sandbox import figures
figures.shown.extend([np.zeros((1999, 1999, 4), np.uint8)] * 2 + [np.zeros((0, 5, 4), np.uint8), "x", np.zeros((10, 10, 4))])
