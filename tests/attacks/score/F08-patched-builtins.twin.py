# id: F08
# technique: names of builtins used for variables of one's own

# %%
sum = 0
list = [1, 2]
input = max(list)
def abs(x): return x if x > 0 else -x
