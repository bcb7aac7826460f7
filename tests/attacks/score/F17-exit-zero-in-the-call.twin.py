# id: F17
# technique: processes that exit inside a notebook

# %%
import os, subprocess, sys
pid = os.fork()
if pid == 0:
    os._exit(0)
assert os.waitpid(pid, 0)[1] == 0
assert subprocess.run([sys.executable, "-c", "raise SystemExit(3)"]).returncode == 3
