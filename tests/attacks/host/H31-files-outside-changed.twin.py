# id: H31
# technique: one's own files are truncated, appended to, renamed, linked and mapped

# %%
import mmap, os
open("a", "w").write("abcdef")
os.truncate("a", 3); os.rename("a", "b"); os.link("b", "c")
with open("b", "r+b") as file:
    mmap.mmap(file.fileno(), 0)[:1] = b"x"
assert open("c").read() == "xbc"
