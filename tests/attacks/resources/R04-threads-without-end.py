# id: R04
# technique: thousands of threads that wait
# must not: the machine runs out of threads, or one survives
# stops: a limit on memory and processes; threads end with their process
# layers: none

# %%
import threading
threads = []
for _ in range(2000):
    threads.append(threading.Thread(target=threading.Event().wait, daemon=True))
    threads[-1].start()
