# id: F15
# technique: sitecustomize, usercustomize and .pth files wherever Python may look
# must not: code of the submission runs in the grader
# stops: nothing outside scratch can be written; sessions start with -s -P
# layers: landlock, mount-namespace
# twin: score/F12-a-conftest-in-the-course

# %%
import os, site, sys
for place in {*sys.path, *site.getsitepackages(), site.getusersitepackages(), "@COURSE@", "@HOME@", sys.prefix, "."}:
    for name in ("sitecustomize.py", "usercustomize.py", "x.pth", "@MARK@.pth"):
        try:
            os.makedirs(place, exist_ok=True)
            if not os.path.exists(f"{place}/{name}"):
                open(f"{place}/{name}", "w").write("import os\n")
                if not os.path.realpath(place).startswith(os.getcwd()):
                    raise RuntimeError(f"@MARK@ {place}")
        except OSError:
            pass
