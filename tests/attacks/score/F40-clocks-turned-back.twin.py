# id: F40
# technique: a notebook that measures its own time, and sets an alarm

# %%
import signal, time
started = time.perf_counter()
signal.alarm(1)
train(np.zeros((4, 2)), np.zeros(4))
signal.alarm(0)
print(f"{time.perf_counter() - started:.3f} s")
