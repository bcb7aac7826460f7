# id: R15
# technique: every signal is ignored or blocked, interrupts are caught in a loop
# must not: only the asked-for end ends it
# stops: SIGKILL, from a process that it cannot reach
# layers: none
# earns: 7

# %%
import signal
for number in signal.valid_signals():
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
def softmax(Z):
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass
