# id: F07
# technique: np.allclose, np.testing, np.isfinite, np.asarray and math.isclose replaced
# must not: later checks compare nothing
# stops: checks run in another process than student code
# layers: none

# %%
import math, numpy.testing as testing
for name in dir(testing):
    if name.startswith("assert"):
        setattr(testing, name, lambda *a, **k: None)
for name in ("allclose", "array_equal", "isclose", "all", "isfinite", "array_equiv"):
    setattr(np, name, lambda *a, **k: np.True_)
math.isclose = lambda *a, **k: True
