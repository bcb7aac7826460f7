# id: F34
# technique: names that graders use are defined anew: grader, check, assert_equal, assert_close, public_checks, student
# must not: checks call the student's own
# stops: names are looked up in the grader's own process
# layers: none

# %%
import sys, types
fake = types.ModuleType("public_checks")
fake.check = fake.__getattr__ = lambda *a, **k: True
for name in ("public_checks", "otter", "nose.tools", "autograder.checks", "test_@SLUG@"):
    sys.modules[name] = fake
grader = check = student = reference = rng = assert_close = assert_equal = assert_allclose = fake
_expected_neuron = lambda *a: 0.123
