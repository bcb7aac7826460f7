# id: H24
# technique: files are written to, replaced in and removed from site-packages and the standard library
# must not: code stays for the next interpreter
# stops: the installation is read-only
# layers: landlock, mount-namespace
# twin: score/F12-a-conftest-in-the-course

# %%
import os, sys, sysconfig
worked = []
for place in {*sysconfig.get_paths().values(), sys.prefix, sys.base_prefix, os.path.dirname(np.__file__), os.path.dirname(os.__file__)}:
    for name in ("@MARK@.py", "__pycache__/@MARK@.pyc", "bin/@MARK@"):
        try:
            open(os.path.join(place, name), "w").close()
            worked.append(place); os.unlink(os.path.join(place, name))
        except OSError:
            pass
try:
    os.rename(np.__file__, np.__file__ + ".old"); worked.append("rename"); os.rename(np.__file__ + ".old", np.__file__)
except OSError:
    pass
if worked:
    raise RuntimeError("@MARK@ " + repr(worked))
