# id: P01
# technique: less-than signs and quotes in code and errors

# %%
assert 1 < 2 > 0, "a < b & b > c"
raise ValueError("expected x < 3, got \"4\" & more")
