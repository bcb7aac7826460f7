# id: R38
# technique: atexit handlers, __del__ and finally blocks that never return
# must not: ending the session waits for them
# stops: it is killed, not asked
# layers: none

# %%
import atexit, threading, time
atexit.register(time.sleep, 1000)
class Sticky:
    def __del__(self): time.sleep(1000)
keep = Sticky()
threading.Thread(target=time.sleep, args=(1000,)).start()
