# id: F37
# technique: the reference solution is imported, by name, by path, from packages and archives
# must not: the submission answers with it
# stops: it lies in no folder that a session can read
# layers: landlock, mount-namespace

# %%
import glob, importlib, os, runpy, sys
def steal():
    for name in ("@SLUG@", "solution", "solutions.@SLUG@", "autograder._course"):
        try:
            return vars(importlib.import_module(name))
        except Exception:
            pass
    for path in ["@COURSE@/solutions/@SLUG@/@SLUG@.py", *glob.glob("/**/solutions/*/*.py"), *glob.glob("@COURSE@/**/*.py", recursive=True)]:
        try:
            return runpy.run_path(path)
        except Exception:
            pass
    return {}
globals().update({name: thing for name, thing in steal().items() if callable(thing)})
