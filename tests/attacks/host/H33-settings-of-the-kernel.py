# id: H33
# technique: writes to /proc/sys, /sys, cgroups, oom scores and limits, of itself and of others
# must not: a setting of the machine or another process changes
# stops: /proc is writable nowhere that matters, limits only sink
# layers: landlock, mount-namespace
# twin: leak/L05-proc-of-the-grader

# %%
import glob, os, resource
worked = []
for path in ("/proc/sys/kernel/core_pattern", "/proc/sys/vm/overcommit_memory", "/proc/sysrq-trigger", "/proc/@PID@/oom_score_adj",
             "/sys/fs/cgroup/cgroup.procs", "/sys/kernel/mm/transparent_hugepage/enabled", *glob.glob("/proc/[0-9]*/oom_score_adj")[:3]):
    if path == f"/proc/{os.getpid()}/oom_score_adj":
        continue
    try:
        os.close(os.open(path, os.O_WRONLY)); worked.append(path)
    except OSError:
        pass
try:
    resource.prlimit(@PID@, resource.RLIMIT_NOFILE); worked.append("prlimit")
except OSError:
    pass
try:
    os.setpriority(os.PRIO_PROCESS, @PID@, 5); worked.append("priority")
except OSError:
    pass
if worked:
    raise RuntimeError("@MARK@ " + repr(worked))
