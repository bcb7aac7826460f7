# id: R42
# technique: a table of words and numbers inside, stacked

# %%
names, found = np.array(["x" * 50] * 20), np.zeros(20, bool)
assert np.asarray([names] + [found] * 5).shape == (6, 20)
