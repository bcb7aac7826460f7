# id: L09
# technique: arguments are validated, with messages that name them

# %%
_label = label
def label(words):
    if not words:
        raise ValueError(f"no words in {words!r}")
    return _label(words)
