# id: F34
# technique: variables that happen to have such names

# %%
student, reference, rng, check = "Ada", "a book", np.random.default_rng(1), True
expected, answer, score, outcome = 1, 2, 3, "passed"
