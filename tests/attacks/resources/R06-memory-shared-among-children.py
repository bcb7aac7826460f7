# id: R06
# technique: children that hold memory each, and shared maps
# must not: memory is hidden in children or maps
# stops: the watchdog counts the whole tree
# layers: none

# %%
import mmap, os, time
for _ in range(6):
    if os.fork() == 0:
        shared = mmap.mmap(-1, 2**26)
        for at in range(0, 2**26, 4096):
            shared[at] = 1
        time.sleep(5)
        os._exit(0)
time.sleep(1.5)
