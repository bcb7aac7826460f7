# id: F30
# technique: code that looks at its own frames, for a log

# %%
import inspect, sys
def here(): return sys._getframe(1).f_code.co_name
_label = label
def label(words):
    assert here() == "label" and inspect.currentframe() is not None
    return _label(words)
