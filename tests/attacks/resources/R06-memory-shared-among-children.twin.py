# id: R06
# technique: a child that works on a shared map

# %%
import mmap, os
shared = mmap.mmap(-1, 4096)
pid = os.fork()
if pid == 0:
    shared[0] = 7
    os._exit(0)
os.waitpid(pid, 0)
assert shared[0] == 7
