# id: R18
# technique: double fork, setsid, all signals ignored, started in a cell and in a function
# must not: a process lives on
# stops: a pid namespace; a subreaper that kills all below it elsewhere
# layers: none

# %%
import os, signal, time
def daemon():
    if os.fork() == 0:
        os.setsid()
        if os.fork():
            os._exit(0)
        for number in signal.valid_signals():
            try:
                signal.signal(number, signal.SIG_IGN)
            except (OSError, ValueError):
                pass
        end = time.time() + 60
        while time.time() < end:
            time.sleep(0.1)
        os._exit(0)
    os.wait()
daemon()
_neuron = neuron
def neuron(x, w, b):
    daemon()
    return _neuron(x, w, b)
