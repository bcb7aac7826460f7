# id: F07
# technique: a student who tests with numpy.testing and sets print options

# %%
import numpy.testing as testing
np.set_printoptions(precision=2)
testing.assert_allclose(softmax(np.zeros((2, 1))), 0.5)
assert np.allclose(softmax(np.eye(3)).sum(axis=0), 1)
