# id: F03
# technique: text put together, cut and joined

# %%
def label(words): return "".join(list(sorted(words, key=len)[-1]))
