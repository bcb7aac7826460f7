# id: R15
# technique: a handler for interrupts, as training loops have

# %%
import signal
stopped = []
old = signal.signal(signal.SIGINT, lambda *_: stopped.append(1))
signal.signal(signal.SIGINT, old)
try:
    raise KeyboardInterrupt
except KeyboardInterrupt:
    stopped.append(2)
assert stopped == [2]
