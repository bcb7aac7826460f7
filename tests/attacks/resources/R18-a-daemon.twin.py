# id: R18
# technique: a background program that is waited for

# %%
import subprocess
worker = subprocess.Popen(["sleep", "0.1"], start_new_session=True)
assert worker.wait() == 0
