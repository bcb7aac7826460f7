# id: R20
# technique: a thread that logs for a while

# %%
import threading, time
log = []
threading.Thread(target=lambda: [log.append(time.sleep(0.01)) for _ in range(5)]).start()
