# id: R05
# technique: some tens of megabytes, freed again

# %%
big = np.ones((1000, 2000))
del big
assert sum(len(bytearray(2**20)) for _ in range(30)) == 30 * 2**20
