# id: R12
# technique: every descriptor that can be had, of files, pipes and epoll
# must not: the grader cannot open files any more
# stops: a limit on descriptors per process and on processes
# layers: none

# %%
import os, select
held = []
try:
    while True:
        held += [os.open("/dev/null", os.O_RDONLY), *os.pipe()]
except OSError:
    pass
