# id: R41
# technique: children that exit and are never waited for
# must not: zombies pile up
# stops: a pid namespace; the supervisor reaps elsewhere
# layers: none
# twin: score/F17-exit-zero-in-the-call

# %%
import os
for _ in range(15):
    if os.fork() == 0:
        os._exit(0)
