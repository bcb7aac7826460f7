# id: R37
# technique: ordinary patterns

# %%
import re
assert re.findall(r"(\d+)", "a1b22") == ["1", "22"]
