# id: F20
# technique: pytest.skip, xfail, importorskip and exit raised by student code
# must not: a skip counts as not failed
# stops: student exceptions cross as data; skip and xfail are no passes
# layers: none
# twin: score/F10-patched-reports

# %%
import pytest, unittest
def neuron(x, w, b): pytest.skip("no")
def softmax(Z): pytest.xfail("no")
def train(X, y): pytest.exit("no", returncode=0)
def label(words): raise unittest.SkipTest("no")
