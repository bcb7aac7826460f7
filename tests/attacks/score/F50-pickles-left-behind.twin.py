# id: F50
# technique: weights saved and loaded by the notebook

# %%
import pickle
with open("weights.pkl", "wb") as file:
    pickle.dump({"w": np.ones(3)}, file)
with open("weights.pkl", "rb") as file:
    assert pickle.load(file)["w"].sum() == 3
np.savez("w.npz", w=np.ones(2))
