# id: F12
# technique: modules and results written to the working folder, and used

# %%
import importlib, os, sys
os.makedirs("results", exist_ok=True)
with open("helper.py", "w") as file:
    file.write("def twice(x):\n    return 2 * x\n")
sys.path.insert(0, os.getcwd())
importlib.invalidate_caches()
import helper
assert helper.twice(2) == 4
