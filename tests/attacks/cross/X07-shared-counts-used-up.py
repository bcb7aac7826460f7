# id: X07
# technique: watches, locks, semaphores, pipes and pseudo-terminals up to the user's limit
# must not: the next submission gets none
# stops: calls are refused or counted for this session's user; all ends with the session
# layers: none
# twin: resources/R12-descriptors-without-end

# %%
import ctypes, os, pty
libc, held = ctypes.CDLL(None), []
for number in range(400):
    libc.semget(number, 1, 0o1666); libc.inotify_init1(0)
    try:
        held.append(os.pipe())
        held.append(pty.openpty())
    except OSError:
        pass
