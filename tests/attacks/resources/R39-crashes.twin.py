# id: R39
# technique: recursion that stops in time

# %%
def depth(n): return 0 if n == 0 else 1 + depth(n - 1)
assert depth(500) == 500
