# id: L01
# technique: introspection of one's own functions

# %%
import inspect
assert "Output of one sigmoid" in inspect.getdoc(neuron)
assert list(inspect.signature(train).parameters)[:2] == ["X", "y"]
assert inspect.getsource(label).startswith("def label")
