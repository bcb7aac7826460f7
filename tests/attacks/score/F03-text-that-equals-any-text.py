# id: F03
# technique: a str subclass with its own equality, hash and order
# must not: a comparison of texts passes
# stops: only exact base types are values; a subclass is a handle
# layers: none

# %%
class Any(str):
    def __eq__(self, other): return True
    def __contains__(self, other): return True
    def __len__(self): return 18
    __hash__ = str.__hash__
def label(words): return Any("x")
