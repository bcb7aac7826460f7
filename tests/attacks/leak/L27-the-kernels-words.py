# id: L27
# technique: the kernel's log, keys, message queues, shared memory, terminals and open files of others
# must not: a secret is found in one
# stops: seccomp refuses syslog, keys, queues and segments; /proc shows this session only
# layers: seccomp
# open: seccomp
# twin: leak/L05-proc-of-the-grader

# %%
import ctypes, glob, os
libc, worked = ctypes.CDLL(None, use_errno=True), []
buffer = ctypes.create_string_buffer(4096)
if libc.klogctl(3, buffer, 4096) > 0:
    worked.append("log")
if libc.syscall(250, 0, ctypes.c_int(-3), 1) > 0 and os.uname().machine == "x86_64":
    worked.append("keys")
if libc.shmget(0x1234, 4096, 0o1666) >= 0:
    worked.append("shared memory")
if libc.msgget(0x1234, 0o1666) >= 0:
    worked.append("queue")
if [path for path in glob.glob("/proc/[0-9]*/fd/*") if path.split("/")[2] not in (str(os.getpid()),)]:
    worked.append("descriptors")
if worked:
    raise RuntimeError("@MARK@ " + repr(worked))
