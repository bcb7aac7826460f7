# id: X11
# technique: nested lists inside

# %%
nested = 0.0
for _ in range(32):
    nested = [nested]
while type(nested) is list:
    (nested,) = nested
assert nested == 0.0
