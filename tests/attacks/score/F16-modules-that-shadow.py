# id: F16
# technique: numpy.py, random.py, pytest.py in the working folder
# must not: the grader imports them
# stops: the working folder is on no path of the grader's
# layers: none
# twin: score/F12-a-conftest-in-the-course

# %%
for name in ("numpy", "random", "pytest", "autograder", "test_@SLUG@", "@SLUG@"):
    open(f"{name}.py", "w").write("def __getattr__(name):\n    return lambda *a, **k: None\n")
