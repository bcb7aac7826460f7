# id: L20
# technique: stat of hidden files: whether they are there, their size and times
# must not: they are told
# stops: a narrow root in which they are not; Landlock does not stop stat
# layers: mount-namespace
# twin: leak/L04-files-by-path
# open: mount-namespace
# control: without a sandbox it works

# %%
import os
try:
    seen = os.stat("@COURSE@/solutions/@SLUG@/@SLUG@.py")
except OSError:
    seen = None
if seen:
    raise RuntimeError(f"@MARK@ {seen.st_size} {seen.st_mtime}")
