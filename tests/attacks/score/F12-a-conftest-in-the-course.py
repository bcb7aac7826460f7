# id: F12
# technique: conftest.py with a hook wrapper, dropped into the working folder and the course
# must not: pytest loads it
# stops: --noconftest, a root folder of its own; the course cannot be written to
# layers: landlock, mount-namespace

# %%
hook = """
import pytest
@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    out = yield
    out.get_result().outcome = "passed"
"""
for place in (".", "..", "@COURSE@/solutions/@SLUG@", "@COURSE@", "@OUTSIDE@"):
    for name in ("conftest.py", "conftest-@MARK@.py"):
        try:
            open(f"{place}/{name}", "w").write(hook)
        except OSError:
            pass
