# id: X09
# technique: caches of fonts, of known mistakes and of packages in the user's folder are overwritten
# must not: the next run reads them
# stops: they cannot be written from a session
# layers: landlock, mount-namespace
# twin: leak/L18-a-relay-through-the-second-run

# %%
import glob, os
worked = []
for top in {os.environ.get("MPLCONFIGDIR", ""), "@HOME@/.cache", os.path.expanduser("~root/.cache"), "/root/.cache"}:
    for path in [*glob.glob(f"{top}/**", recursive=True), f"{top}/autograder/@MARK@"]:
        if not top or os.path.realpath(path).startswith(os.getcwd()):
            continue
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT)); worked.append(path)
        except OSError:
            pass
if worked:
    raise RuntimeError("@MARK@ " + repr(worked))
