# id: L04
# technique: the data of the assignment and files of one's own are read

# %%
import os
assert np.loadtxt("data/numbers.csv", delimiter=",").sum() == 6
assert os.listdir("data") == ["numbers.csv"]
open("notes.txt", "w").write("mine")
assert "notes.txt" in os.listdir(".") and os.path.exists(os.path.abspath("data/numbers.csv"))
