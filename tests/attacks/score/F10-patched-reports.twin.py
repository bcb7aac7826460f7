# id: F10
# technique: a student who runs pytest on functions of the notebook

# %%
import pytest
with pytest.raises(ZeroDivisionError):
    1 / 0
assert neuron(np.zeros(1), np.zeros(1), 0.0) == pytest.approx(0.5)
