# id: H19
# technique: TIOCSTI and TIOCLINUX on every descriptor and terminal
# must not: a command is typed into somebody's shell
# stops: no terminal is inherited; the filter refuses the requests
# layers: none
# twin: score/F29-passes-on-inherited-descriptors

# %%
import fcntl, glob, os
worked = []
for path in ["/dev/tty", "/dev/console", *glob.glob("/dev/pts/*"), *[f"/proc/self/fd/{fd}" for fd in range(10)]]:
    try:
        fd = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    except OSError:
        continue
    for request in (0x5412, 0x541C):
        try:
            fcntl.ioctl(fd, request, b"\n")
            worked.append(path)
        except OSError:
            pass
if worked:
    raise RuntimeError("@MARK@ " + repr(worked))
