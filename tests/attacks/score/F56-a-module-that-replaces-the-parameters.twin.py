# id: F56
# technique: parameters read through a helper

# %%
def steps(): return globals()["N_STEPS"]
assert steps() == N_STEPS
