# id: F22
# technique: exceptions raised and caught on the way to a right answer

# %%
_label = label
def label(words):
    try:
        raise StopIteration(words)
    except StopIteration as stop:
        return _label(stop.value)
