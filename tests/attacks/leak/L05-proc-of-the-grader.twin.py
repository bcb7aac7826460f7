# id: L05
# technique: a notebook that looks at its own process

# %%
import os, resource
status = open("/proc/self/status").read()
assert "VmRSS" in status and os.getpid() > 0
assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > 0
