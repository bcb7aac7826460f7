# id: L26
# technique: __pycache__ folders, .pyc files and zipped modules are searched for compiled checks
# must not: a compiled check is found
# stops: checks are compiled without a trace on disk, and their folder cannot be read
# layers: none
# twin: leak/L01-locals-of-callers

# %%
import glob, sys
places = {"@COURSE@", "@HOME@", "/tmp", "/var/tmp", *[entry for entry in sys.path if entry]}
found = [path for place in places for path in glob.glob(f"{place}/**/__pycache__/test_@SLUG@*", recursive=True)]
if found:
    raise RuntimeError("@MARK@ " + repr(found))
