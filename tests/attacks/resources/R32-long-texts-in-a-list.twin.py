# id: R32
# technique: lists of words inside

# %%
vocabulary = [f"word{number}" for number in range(5000)]
assert np.array(vocabulary).shape == (5000,)
