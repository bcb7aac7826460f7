# id: L08
# technique: the environment, as Python, as libc and as the start of the process show it
# must not: a secret of the grader's environment is in it
# stops: the zygote is started with an environment made from nothing
# layers: none

# %%
import os, subprocess
text = repr(dict(os.environ)) + open("/proc/self/environ").read() + subprocess.run(["env"], capture_output=True, text=True).stdout
if "z" + "q" in text:
    raise RuntimeError(text)
