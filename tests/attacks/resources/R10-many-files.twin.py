# id: R10
# technique: a hundred small files

# %%
import os
os.mkdir("many")
for number in range(100):
    open(f"many/{number}.txt", "w").close()
assert len(os.listdir("many")) == 100
