# id: R03
# technique: a tree of forks
# must not: the machine drowns in processes, or one of them survives
# stops: a cap on processes; all of them are killed and reaped
# layers: none

# %%
import os, time
end = time.time() + 4
while time.time() < end:
    try:
        os.fork()
    except OSError:
        time.sleep(0.01)
