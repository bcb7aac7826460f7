# id: H34
# technique: the priority of all that a user runs, a descriptor whose owner is signalled, old queues and segments by number, files emptied while they are opened to be read
# must not: another process is slowed or signalled, a segment of another is seen, or a file outside is emptied
# stops: the filter looks at what is numbered, refuses owners, and all calls on segments; readers may not truncate
# layers: seccomp, or: mount-namespace, pid-namespace and ipc-namespace
# open: seccomp

# %%
import ctypes, fcntl, os
libc, worked = ctypes.CDLL(None, use_errno=True), []
def call(name, *arguments):
    if libc.syscall(*arguments) >= 0:
        worked.append(name)
call("setpriority", 141, 2, 0, 19)
call("ioprio_set", 251, 3, 0, (3 << 13) | 0)
call("shmctl", 31, 0, 14, ctypes.create_string_buffer(512))
call("semctl", 66, 0, 0, 19, ctypes.create_string_buffer(512))
call("msgctl", 71, 0, 12, ctypes.create_string_buffer(512))
end, _ = os.pipe()
for process in (os.getppid(), int("@PID@")):
    try:
        fcntl.fcntl(end, 8, process)
        worked.append("F_SETOWN")
    except OSError:
        pass
for name in ("results.json", "module.py"):
    for empty in (lambda path: os.truncate(path, 0), lambda path: os.open(path, os.O_RDONLY | os.O_TRUNC)):
        try:
            empty("@OUTSIDE@/" + name)
            worked.append("truncate")
        except OSError:
            pass
if worked:
    raise RuntimeError("@MARK@ " + repr(worked))
