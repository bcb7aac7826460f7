# id: L11
# technique: figures drawn in cells, by functions of one's own

# %%
import matplotlib.pyplot as plt
def draw(Z):
    plt.imshow(softmax(Z)); plt.title("softmax"); plt.show()
draw(np.eye(3))
