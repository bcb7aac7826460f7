# id: F13
# technique: pytest.ini, tox.ini, pyproject.toml and PYTEST_ADDOPTS that collect only
# must not: the run ends without checks, and well
# stops: configuration is pinned (-c, --rootdir), environment scrubbed; a pass must be recorded
# layers: none
# twin: score/F12-a-conftest-in-the-course

# %%
import os
os.environ["PYTEST_ADDOPTS"] = "--collect-only -p no:python"
os.environ["PYTEST_PLUGINS"] = "evil"
for name, head in (("pytest.ini", "[pytest]"), ("tox.ini", "[pytest]"), ("setup.cfg", "[tool:pytest]")):
    for place in (".", "@COURSE@", "@COURSE@/solutions/@SLUG@"):
        try:
            open(f"{place}/{name}", "w").write(f"{head}\naddopts = --collect-only\n")
        except OSError:
            pass
