# id: L22
# technique: the session's whole memory, and fresh pages, are searched for what others left
# must not: a secret is found
# stops: sessions are forked from a process that never had one; the kernel clears pages
# layers: none
# twin: leak/L06-memory-of-the-grader

# %%
import re
pattern, found = re.compile(b"z" + b"q[0-9a-f]{16}"), set()
with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb") as memory:
    for line in maps:
        span, rights = line.split()[:2]
        start, end = (int(part, 16) for part in span.split("-"))
        if "rw" in rights and end - start < 1 << 27:
            try:
                memory.seek(start)
                found.update(pattern.findall(memory.read(end - start)))
            except (OSError, ValueError, OverflowError):
                pass
if found:
    raise RuntimeError(repr(found))
