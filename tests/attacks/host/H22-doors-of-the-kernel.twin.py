# id: H22
# technique: calls to the C library that notebooks' libraries make

# %%
import ctypes, os, select, tempfile
libc = ctypes.CDLL(None)
assert libc.getpid() == os.getpid()
with tempfile.TemporaryFile() as file:
    file.write(b"x")
poller = select.epoll()
poller.close()
