# id: X02
# technique: __pycache__ entries for shared modules, data files and helpers, for whoever imports them next
# must not: the next submission runs them
# stops: nothing outside scratch can be written; scratch is new for each session
# layers: landlock, mount-namespace

# %%
import os, py_compile, sys
open("numpy.py", "w").write("raise RuntimeError('poisoned')\n")
py_compile.compile("numpy.py")
for module in list(sys.modules.values()):
    path = getattr(module, "__cached__", None)
    try:
        if path and "numpy" in path:
            open(path, "wb").write(b"poison")
    except OSError:
        pass
for name in ("numbers.csv", "numpy.py", "public_checks.py"):
    try:
        open(f"data/{name}", "w").write("0,0,0\n")
    except OSError:
        pass
