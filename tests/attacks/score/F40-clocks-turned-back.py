# id: F40
# technique: time, resource and signal functions replaced, so that slow code looks fast
# must not: a time limit is missed
# stops: time is measured outside of the session
# layers: none

# %%
import resource, signal, time
for name in ("time", "monotonic", "perf_counter", "process_time"):
    setattr(time, name, lambda: 0.0)
signal.alarm(0); signal.setitimer(signal.ITIMER_REAL, 0)
signal.signal(signal.SIGALRM, signal.SIG_IGN)
def neuron(x, w, b):
    while True:
        pass
