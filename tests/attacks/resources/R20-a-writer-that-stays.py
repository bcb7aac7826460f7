# id: R20
# technique: a thread and a child go on writing into the working folder and on the socket while checks run
# must not: a check reads what they write as an answer
# stops: only an answer with the request's nonce counts, and nothing is read from files
# layers: none
# earns: 10

# %%
import os, threading, time
def write():
    end = time.time() + 20
    while time.time() < end:
        open("answers.json", "w").write("{}")
        time.sleep(0.01)
threading.Thread(target=write, daemon=True).start()
if os.fork() == 0:
    write()
    os._exit(0)
