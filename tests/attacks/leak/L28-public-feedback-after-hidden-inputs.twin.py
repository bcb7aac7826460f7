# id: L28
# technique: a function that keeps count of its calls

# %%
calls = []
_label = label
def label(words):
    calls.append(len(words))
    return _label(words)
