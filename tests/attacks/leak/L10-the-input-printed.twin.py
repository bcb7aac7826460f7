# id: L10
# technique: progress is printed from functions

# %%
import logging, warnings
_label = label
def label(words):
    print("looking at", words); logging.warning("looking"); warnings.warn("looking")
    return _label(words)
