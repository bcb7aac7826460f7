# id: L06
# technique: process_vm_readv, ptrace and /proc/PID/mem of the grader and of every process that can be seen
# must not: one of them works
# stops: seccomp refuses the calls; the processes are not in the namespace
# layers: seccomp, landlock, pid-namespace

# %%
import ctypes, os, struct
libc = ctypes.CDLL(None, use_errno=True)
worked = []
for pid in ["@PID@", os.getppid(), *[entry for entry in os.listdir("/proc") if entry.isdigit()]]:
    pid = int(pid)
    if pid in (os.getpid(), 0):
        continue
    buffer = ctypes.create_string_buffer(16)
    local = struct.pack("<QQ", ctypes.addressof(buffer), 16)
    if libc.process_vm_readv(pid, local, 1, struct.pack("<QQ", id(libc), 16), 1, 0) > 0:
        worked.append("vm")
    if libc.ptrace(16, pid, 0, 0) == 0:
        worked.append("ptrace")
    try:
        os.close(os.open(f"/proc/{pid}/mem", os.O_RDONLY))
        worked.append("mem")
    except OSError:
        pass
if worked:
    raise RuntimeError("@MARK@ " + " ".join(worked))
