# id: F48
# technique: generators and sets inside

# %%
def label(words):
    lengths = {len(word) for word in words}
    return next(word for word in (w for w in words) if len(word) == max(lengths))
