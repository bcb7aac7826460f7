# id: L08
# technique: variables set and read

# %%
import os
os.environ["MY_SEED"] = "3"
assert int(os.environ["MY_SEED"]) == 3 and os.environ.get("HOME") and os.environ["PATH"]
%env OTHER=4
