# id: F37
# technique: functions delegated to a library that does the same

# %%
import importlib
numeric = importlib.import_module("numpy")
def softmax(Z):
    shifted = numeric.exp(Z - numeric.max(Z, axis=0))
    return shifted / numeric.sum(shifted, axis=0)
