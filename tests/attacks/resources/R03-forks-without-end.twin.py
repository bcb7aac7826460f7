# id: R03
# technique: a pool of a few processes

# %%
import multiprocessing, os
def square(x): return x * x
pids = []
for _ in range(4):
    pid = os.fork()
    if pid == 0:
        os._exit(square(3))
    pids.append(pid)
assert [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids] == [9] * 4
