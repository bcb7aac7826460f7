# id: H25
# technique: sockets and files opened by raw system calls, machine code in executable pages, a program without libc
# must not: a blocker in a library is gone around
# stops: confinement is the kernel's, not a library's
# layers: seccomp, landlock, mount-namespace
# open: seccomp

# %%
import ctypes, mmap, os
worked = []
if os.uname().machine == "x86_64":
    # mov eax, 41 (socket); mov edi, 2; mov esi, 1; xor edx, edx; syscall; ret
    code = bytes.fromhex("b829000000bf02000000be0100000031d20f05c3")
    page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(code)
    call = ctypes.CFUNCTYPE(ctypes.c_long)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
    if call() >= 0:
        worked.append("socket")
    libc = ctypes.CDLL(None)
    if libc.syscall(2, b"@HOME@/.netrc", 0) >= 0 or libc.syscall(257, -100, b"@HOME@/.netrc", 0) >= 0:
        worked.append("open")
if worked:
    raise RuntimeError("@MARK@ " + repr(worked))
