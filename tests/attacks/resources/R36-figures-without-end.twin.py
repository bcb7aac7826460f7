# id: R36
# technique: a few figures

# %%
import matplotlib.pyplot as plt
for _ in range(3):
    plt.plot([1, 2]); plt.show()
