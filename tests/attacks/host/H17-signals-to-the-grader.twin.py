# id: H17
# technique: a child of one's own is ended

# %%
import signal, subprocess
child = subprocess.Popen(["sleep", "30"])
child.terminate()
assert child.wait() == -signal.SIGTERM
