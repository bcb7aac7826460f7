# id: R38
# technique: context managers and atexit handlers that end

# %%
import atexit, contextlib
atexit.register(print, "bye")
with contextlib.suppress(ValueError):
    int("x")
