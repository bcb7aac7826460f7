# id: R19
# technique: processes that fork and exit without pause, so that whoever kills by number is always late
# must not: one of them lives on, or ending the session takes for ever
# stops: a pid namespace ends with its first process; a kill loop under a subreaper elsewhere
# layers: none
# twin: resources/R18-a-daemon

# %%
import os, time
end = time.time() + 30
for _ in range(6):
    if os.fork() == 0:
        os.setsid()
        while time.time() < end:
            if os.fork():
                os._exit(0)
        os._exit(0)
