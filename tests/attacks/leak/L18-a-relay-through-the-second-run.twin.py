# id: L18
# technique: results kept in files between cells

# %%
import json
json.dump({"w": [1.0]}, open("state.json", "w"))
# %%
assert json.load(open("state.json"))["w"] == [1.0]
