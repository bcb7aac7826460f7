# id: L11
# technique: figures are drawn, shown and left open during checks
# must not: a figure of a check reaches the page
# stops: figures are those of the notebook's run
# layers: none

# %%
import matplotlib.pyplot as plt
_label = label
def label(words):
    plt.figure(figsize=(2, 2)).patch.set_facecolor((1, 0, 1))
    plt.gca().set_axis_off(); plt.title(words[1]); plt.show()
    plt.figure(facecolor=(1, 0, 1)); plt.title(words[1]); plt.plot([])
    return "no"
