# id: R33
# technique: a text of a hundred thousand similar lines where a short one is expected
# must not: explaining the difference takes the grader minutes
# stops: explanations of failed comparisons are bounded
# layers: none
# earns: 9

# %%
def label(words): return (words[1][:-1] + "\n") * 200_000
