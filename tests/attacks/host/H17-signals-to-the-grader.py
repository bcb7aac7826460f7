# id: H17
# technique: SIGKILL, SIGSTOP and SIGTERM to the parent, the grader, every process and groups, by calls and programs
# must not: the grader or another session ends or stops
# stops: a pid namespace; another uid, Landlock's scope or the filter elsewhere
# layers: pid-namespace, landlock, spare-uid, seccomp

# %%
import os, signal, subprocess
for pid in (@PID@, os.getppid(), -@PID@, -1):
    if pid in (0, 1):
        continue
    for number in (signal.SIGCONT,) if pid == -1 else (signal.SIGSTOP, signal.SIGTERM, signal.SIGKILL):
        try:
            os.kill(pid, number)
        except OSError:
            pass
subprocess.run(["sh", "-c", "kill -KILL @PID@"], stderr=subprocess.DEVNULL)
try:
    os.killpg(0, signal.SIGCONT)
    signal.pidfd_send_signal(os.pidfd_open(@PID@), signal.SIGKILL)
except OSError:
    pass
